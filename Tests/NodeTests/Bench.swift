import EventLoop
import Glibc
import Logbook
import Node
import Patterns
import PluginKit
import Plugins
import Settings
import TestSupport
import Testing

/// The built-in plugins of the conversations here: always the same few, whatever plugins are added.
let fewBuiltIns = builtIn.filter {
  ["cpu", "load", "memory", "swap", "uptime"].contains("\($0.description.name)")
}

/// A node for tests: a little machine, a folder of plugins, a log, a clock.
@LoopActor
final class Bench {
  let folder: TemporaryFolder
  let clock: LoopClock
  let services: ServiceList
  let log: Logbook

  /// - Parameters:
  ///   - scripts: outside plugins, name and body of a shell script.
  ///   - settings: text of plugin-conf.d.
  init(
    scripts: KeyValuePairs<String, String> = [:], settings: String = "",
    builtIns: [BuiltIn] = fewBuiltIns, clock: LoopClock = .real,
    nodeName: String = "web01.example.com",
    prepare: (TemporaryFolder) throws -> Void = { _ in }, ignoring: [String] = [],
    program: String? = nil, node: NodeSettings = NodeSettings(), load: Bool = true
  ) async throws {
    folder = try TemporaryFolder()
    self.clock = clock
    try folder.write("plugins/.keep", "")
    for (name, body) in scripts { try folder.script("plugins/\(name)", body) }
    try prepare(folder)
    for (plugin, file) in [
      ("load", "loadavg"), ("uptime", "uptime"), ("cpu", "stat"), ("swap", "vmstat"),
      ("memory", "meminfo"),
    ] {
      try folder.link("\(file)", to: "\(fixtures)/\(plugin)/linux-6.18/proc/\(file)")
    }
    try folder.link("proc", to: folder.path)
    log = try Logbook(to: .file("\(folder.path)/log"))
    // As ourselves: the folder is nobody else's.
    var node = node
    node.defaultPluginUser = "\(geteuid())"
    node.defaultPluginGroup = "\(getegid())"
    node.stateDirectory = "\(folder.path)/state"
    let (plugins, problems) = PluginSettings.parse([SettingsFile(name: "conf", text: settings)])
    #expect(problems.isEmpty)
    services = ServiceList(
      nodeName: nodeName, node: node, plugins: plugins, directory: "\(folder.path)/plugins",
      ignored: try ignoring.map { try .init($0) },
      environment: ["FROM_DAEMON=1", "F=\(folder.path)", "MUNIN_CAP_DIRTYCONFIG=1"],
      log: log, clock: clock, builtIns: builtIns, root: folder.path)
    try services.checkDirectory()
    if load { try await services.load(program: program) }
  }

  func ask(
    _ name: String, _ question: PluginQuestion = .fetch, from address: String = "",
    capabilities: String = ""
  ) async -> String {
    String(decoding: await bytes(name, question, address, capabilities), as: UTF8.self)
  }

  func bytes(
    _ name: String, _ question: PluginQuestion = .fetch, _ address: String = "",
    _ capabilities: String = ""
  ) async -> [UInt8] {
    var reply = Reply()
    await services.ask(
      name, question,
      for: Caller(address: address, capabilities: announced(capabilities)), into: &reply
    )
    return reply.bytes
  }

  func list(_ capabilities: String = "", host: String? = nil) async -> String {
    await services.list(host: host, for: announced(capabilities)).joined(separator: " ")
  }

  /// The log's lines without their time stamps.
  var logged: [String] {
    (folder.read("log") ?? "").split(separator: "\n").map {
      $0.split(separator: "] ", maxSplits: 1).last.map(String.init) ?? ""
    }
  }
}

/// The capabilities that a `cap` line with these words leaves.
func announced(_ words: String) -> Capabilities {
  var dialogue = Dialogue(nodeName: "x")
  dialogue.receive(Array("cap \(words)\n".utf8).span)
  _ = dialogue.next()
  return dialogue.capabilities
}

/// A master that has said everything before it listens: what it says comes in pieces, what it is told is kept.
@LoopActor
final class ScriptedMaster: Transport {
  let peerName = "script"
  private var input: ArraySlice<UInt8>
  private let piece: Int
  private(set) var heard: [UInt8] = []
  private(set) var isClosed = false
  private(set) var sends = 0
  var deadline: LoopClock.Instant?

  init(saying input: [UInt8], inPiecesOf piece: Int) {
    self.input = input[...]
    self.piece = piece
  }

  var unread: Int { input.count }

  func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result? {
    if isClosed { throw .closed }
    if input.isEmpty { return nil }
    let next = Array(input.prefix(piece))
    input = input.dropFirst(piece)
    return body(next.span)
  }

  func send(_ bytes: [UInt8]) async throws(IOError) {
    heard += bytes
    sends += 1
  }

  func setDeadline(_ deadline: LoopClock.Instant?) { self.deadline = deadline }

  func close() { isClosed = true }
}
