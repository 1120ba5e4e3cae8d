public import EventLoop
internal import PluginKit
internal import Plugins
internal import Settings

/// `apus-node tree [NAME]`: the processes of web servers as pstree would draw them, with what they need.
@LoopActor
public struct TreeCommand {
  private let settings: [String: String]
  private let name: String?
  private let root: String
  private let kernel: Kernel
  private let clock: LoopClock

  /// How long the processor's use is watched: the kernel counts it in hundredths of a second.
  static let watched = Duration.milliseconds(500)
  /// How long a look at /proc may take.
  private static let limit = Duration.seconds(30)

  /// - Parameter name: the one server that is wanted; all that are found when `nil`.
  public nonisolated init(_ prepared: NodeProgram.Prepared, name: String?) {
    self.init(settings: prepared.plugins.settings(for: "web_processes").values, name: name)
  }

  nonisolated init(
    settings: [String: String], name: String?, root: String = "", kernel: Kernel = .real,
    clock: LoopClock = .real
  ) {
    self.settings = settings
    self.name = name
    self.root = root
    self.kernel = kernel
    self.clock = clock
  }

  public func run() async -> CommandResult {
    do throws(PluginError) {
      let before = try await look(isBrief: true)
      // Only a cancelled task is woken early, and nobody cancels this one; then the look is merely shorter.
      try? await clock.sleep(for: TreeCommand.watched)
      let now = try await look(isBrief: false)
      return answer(now, since: before)
    } catch {
      return CommandResult(errors: "tree: \(error)\n", status: 1)
    }
  }

  private func answer(_ view: TreeView, since before: TreeView) -> CommandResult {
    var result = CommandResult()
    for complaint in view.complaints { result.complain("tree: \(complaint)") }
    let wanted = name.map(TreeView.name)
    let servers = view.servers.filter { wanted == nil || $0.name == wanted }
    guard servers.contains(where: { !$0.processes.isEmpty }) else {
      let what = name.map { "no process of '\($0)'" } ?? "no web server"
      result.complain("tree: \(what) is running; env.names and env.regex_NAME name others")
      result.status = 1
      return result
    }
    var usage: [ProcessKey: Double] = [:]
    for process in before.servers.flatMap(\.processes) {
      usage[ProcessKey(process)] = process.processorTime
    }
    let drawing = TreeDrawing(usage: usage, seconds: view.time - before.time)
    result.output = servers.map(drawing.text).joined(separator: "\n")
    if servers.contains(where: \.isEstimated) {
      result.output += "\n~ estimated: the memory of others' processes is told to root only\n"
    }
    return result
  }

  /// A look at /proc, beside the loop.
  private func look(isBrief: Bool) async throws(PluginError) -> TreeView {
    let (root, kernel, settings, name) = (self.root, self.kernel, self.settings, self.name)
    let found = await Blocking.shared.run(within: TreeCommand.limit) {
      () -> Result<TreeView, PluginError> in
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
