public import EventLoop
public import PluginKit

/// The trees of web servers as text: two looks at /proc, and what was used between them.
public struct TreeReport: Sendable {
  /// The drawn trees; empty when no process of a wanted server runs.
  public private(set) var text = ""
  /// Why something is not known.
  public private(set) var complaints: [String]

  /// How long the processor's use is watched: the kernel counts it in hundredths of a second.
  static let watched = Duration.milliseconds(500)
  /// How long a look at /proc may take.
  private static let limit = Duration.seconds(30)

  /// Looks, waits for half a second, looks again.
  /// - Parameters:
  ///   - settings: those of `web_processes`.
  ///   - name: the one server that is wanted; all that are found when `nil`.
  ///   - root: the folder that stands for `/`.
  @LoopActor
  public static func make(
    settings: [String: String], name: String?, root: String = "", kernel: Kernel = .real,
    clock: LoopClock = .real
  ) async throws(PluginError) -> TreeReport {
    func look(isBrief: Bool) async throws(PluginError) -> TreeView {
      let found = await Blocking.shared.run(within: limit) { () -> Result<TreeView, PluginError> in
        do throws(PluginError) {
          let host = Host(root: root, service: "web_processes", kernel: kernel)
          return .success(
            try TreeView(on: host, settings: settings, also: name, isBrief: isBrief))
        } catch {
          return .failure(error)
        }
      }
      guard let found else {
        throw PluginError(
          source: "/proc", expected: "all processes within 30 s", found: "no end", isTimeout: true)
      }
      return try found.get()
    }
    let before = try await look(isBrief: true)
    // Only a cancelled task is woken early, and nobody cancels this one; then the look is merely shorter.
    try? await clock.sleep(for: watched)
    return TreeReport(try await look(isBrief: false), since: before, name: name)
  }

  private init(_ view: TreeView, since before: TreeView, name: String?) {
    complaints = view.complaints
    let wanted = name.map(TreeView.name)
    let servers = view.servers.filter { wanted == nil || $0.name == wanted }
    guard servers.contains(where: { !$0.processes.isEmpty }) else { return }
    var usage: [ProcessKey: Double] = [:]
    for process in before.servers.flatMap(\.processes) {
      usage[ProcessKey(process)] = process.processorTime
    }
    let drawing = TreeDrawing(usage: usage, seconds: view.time - before.time)
    text = servers.map(drawing.text).joined(separator: "\n")
    if servers.contains(where: \.isEstimated) {
      text += "\n~ estimated: only root may read the memory of other users' processes\n"
    }
  }
}

/// A process and no later one of the same number.
struct ProcessKey: Hashable {
  let pid: UInt32
  let start: UInt64

  init(_ process: TreeView.Process) {
    pid = process.pid
    start = process.start
  }
}
