internal import MuninWire
public import PluginKit

/// The trees of web servers for people: each process with its place, title, memory and age.
public struct TreeView: Sendable {
  /// One process.
  public struct Process: Sendable {
    public var pid: UInt32
    public var parent: UInt32
    /// When it started, in ticks since boot.
    public var start: UInt64
    /// The command line or the title in its place; the name in brackets where there is none. Any bytes.
    public var title: [UInt8]
    /// The letter of its state, `S` for sleeping.
    public var state: UInt8
    public var threads: UInt64
    /// Seconds since its start.
    public var age: Double
    /// Seconds of CPU time, with those of ended children it waited for.
    public var processorTime: Double
    /// Bytes: the PSS where it may be read, else the anonymous memory.
    public var memory: UInt64?
    /// Whether ``memory`` is an estimate.
    public var isEstimated: Bool
  }

  /// One server, with all its processes by ID.
  public struct Server: Sendable {
    public var name: String
    public var isUp: Bool
    /// How many of the processes are not zombies.
    public var living: Int
    public var processes: [Process]
    /// How many of them are children.
    public var children: Int
    /// Bytes, shared ones counted once.
    public var memory: UInt64?
    public var isEstimated: Bool
  }

  public var servers: [Server] = []
  /// Why something is not known.
  public var complaints: [String] = []
  /// Seconds since boot.
  public var time: Double

  /// Looks at all servers. May block, so it belongs on a worker thread.
  ///
  /// - Parameters:
  ///   - settings: those of `web_processes`.
  ///   - name: another program to look for, by its name.
  ///   - isBrief: leaves out titles and memory.
  /// - Throws: ``PluginError`` for invalid settings, and when processes are hidden.
  public init(
    on host: Host, settings: [String: String], also name: String? = nil, isBrief: Bool = false
  ) throws(PluginError) {
    var settings = settings
    if let name, let names = settings["names"] { settings["names"] = "\(names) \(name)" }
    var choice = try ServerChoice(settings)
    if let name, settings["names"] == nil { try choice.lookAlso(for: name) }
    var verdicts = PatternVerdicts()
    var builder = TreeBuilder(try ProcessTable.rows(on: host), choice, on: host)
    var trees = builder.build(&verdicts, withTitles: !isBrief)
    if !isBrief { ServerLook.readDetails(of: &trees, choice, on: host) }
    complaints = builder.complaints
    time = host.kernel.secondsSinceBoot()
    for (tree, server) in zip(trees, choice.servers) {
      guard server.isNamed || !tree.processes.isEmpty else { continue }
      let sum = MemorySum(tree.living.map(\.memory))
      servers.append(
        Server(
          name: server.name, isUp: tree.isUp, living: tree.living.count { _ in true },
          processes: tree.processes.map { Process($0, at: time) },
          children: tree.living.count { $0.role == .child || $0.role == .orphan },
          memory: sum?.all, isEstimated: sum.map { $0.method != .measured } ?? false))
    }
  }
}

extension TreeView.Process {
  fileprivate init(_ process: ServerProcess, at now: Double) {
    let stat = process.row.stat
    pid = process.row.pid
    parent = stat.parent
    start = stat.start
    title = process.title.isEmpty ? [0x5B] + stat.name.bytes + [0x5D] : process.title
    state = stat.state
    threads = stat.threads
    age = max(0, now - Ticks.seconds(stat.start))
    processorTime =
      Ticks.seconds(stat.user &+ stat.system) + Ticks.seconds(stat.childrenUser)
      + Ticks.seconds(stat.childrenSystem)
    isEstimated = false
    switch process.memory {
    case .measured(let rollup): memory = rollup.proportional
    case .counted(let counted, _):
      memory = counted.anonymous
      isEstimated = true
    case .unknown: memory = nil
    }
  }
}

extension TreeView {
  /// The field name of the server of a program: `apache` for `apache2`.
  public static func name(of program: String) -> String { ServerChoice.field(program) }
}
