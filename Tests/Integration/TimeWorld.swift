import Foundation

/// ntpd and chronyd with eight sources, in a network of their own, and programs run beside them.
final class TimeWorld {
  let scratch: Scratch
  private let program: RunningProgram
  private let pid: String
  private var chronyd: RunningProgram?

  /// Starts all, with sources that are silent before ``begin()``.
  init(in scratch: Scratch) async throws {
    self.scratch = scratch
    program = try RunningProgram(Project.peer("time-world"), ["\(scratch.path)/world"], in: scratch)
    pid = String(try await program.waits(for: /ready (\d+)/).1)
  }

  /// Has the sources answer; the daemons are synchronised some twenty seconds later.
  func begin() throws { try scratch.write("", to: "world/begin") }

  /// The words that put a program into this world.
  var entrance: [String] { ["/usr/bin/nsenter", "-t", pid, "-n", "-m"] }

  /// Ends chronyd, as its service manager does.
  func endChronyd() async throws {
    let file = "\(scratch.path)/world/chrony/pid"
    guard let pid = pid_t(scratch.read("world/chrony/pid").filter(\.isNumber)) else {
      throw Trouble("no number in \(file)")
    }
    Glibc.kill(pid, SIGTERM)
    try await waiting(until: "chronyd has ended") {
      !FileManager.default.fileExists(atPath: file)
    }
  }

  /// Starts it once more.
  func startChronyd() throws {
    let words = entrance + [Project.peer("time-chronyd"), "\(scratch.path)/world"]
    chronyd = try RunningProgram(words[0], Array(words.dropFirst()), in: scratch)
  }

  var chronySocket: String { "\(scratch.path)/world/chrony/chronyd.sock" }

  /// Runs a program to its end and returns what it says.
  func run(_ words: [String], failing: Bool = false) async throws -> String {
    let whole = entrance + words
    let ended = try await Integration.run(whole[0], Array(whole.dropFirst()), in: scratch)
    guard failing || ended.ending == .exit(0) else {
      throw Trouble(
        "\(words.joined(separator: " ")): \(ended.ending): \(ended.output)\(ended.errors)")
    }
    return ended.output + (failing ? ended.errors : "")
  }

  /// A time daemon's own client.
  func client(_ words: String...) async throws -> [String] {
    try await run([Project.peer("time-client")] + words).split(separator: "\n").map(String.init)
  }

  /// One of our plugins, as a process of its own.
  func plugin(_ name: String, _ word: String = "fetch", settings: [String: String]) async throws
    -> [String]
  {
    try await node(["run", name, word], settings: settings).split(separator: "\n").map(String.init)
  }

  /// A command of our node, which finds no settings of the machine.
  func node(
    _ words: [String], settings: [String: String], failing: Bool = false
  ) async throws -> String {
    let text = "[*]\n" + settings.map { "env.\($0) \($1)\n" }.joined()
    let file = try scratch.write(text, to: "settings-\(UUID().uuidString.prefix(8))")
    let none = String(try scratch.place("none/x").dropLast(2))
    let config = try scratch.write("", to: "empty.conf")
    return try await run(
      [Project.program("apus-node")] + words
        + ["--config", config, "--servicedir", none, "--sconfdir", none, "--sconffile", file],
      failing: failing)
  }

  /// Asks a node several things in one connection.
  func answers(of port: Int, to requests: [String]) async throws -> [[String]] {
    let said = try await run(
      [Project.peer("ask"), "\(port)", "cap multigraph"] + requests + ["quit"])
    var answers: [[String]] = [[]]
    for line in said.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2) {
      if line == "." { answers.append([]) } else { answers[answers.count - 1].append(String(line)) }
    }
    guard answers.count == requests.count + 1 else { throw Trouble("port \(port): \(said)") }
    return Array(answers.dropLast())
  }

  func kill() {
    chronyd?.kill()
    program.kill()
  }
}

/// A row of `ntpq -p`.
struct PeerRow: Equatable {
  var tally: Character
  var name: String
  var reference: String
  var stratum: Int
  var poll: String
  var reach: Int
  /// Milliseconds: delay, offset, jitter.
  var numbers: [Double]

  /// - Returns: `nil` for a headline.
  init?(_ line: String) {
    let words = line.dropFirst().split(separator: " ").map(String.init)
    guard words.count == 10, let stratum = Int(words[2]), let reach = Int(words[6], radix: 8) else {
      return nil
    }
    tally = line.first!
    name = words[0]
    reference = words[1]
    self.stratum = stratum
    poll = words[5]
    self.reach = reach
    numbers = words[7...].map { Double($0) ?? .nan }
  }

  var field: String { "peer_" + String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }
}
