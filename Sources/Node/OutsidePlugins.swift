internal import EventLoop
internal import Glibc
internal import MuninWire
internal import Settings

/// Runs outside plugins: as the right user, in munin-node's environment, for as long as they may take.
@LoopActor
final class OutsidePlugins {
  /// What became of a run.
  struct Answer {
    enum Body {
      /// The lines for the master.
      case lines([UInt8])
      case timedOut
      case failed
    }

    var body: Body
    /// What belongs into the log, if anything.
    var complaint: String?
  }

  /// The words after the plugin's path, and who asks.
  struct Request {
    var arguments: [String]
    var master: String
    var capabilities: Capabilities
    var limit: Duration
  }

  private let environment: PluginEnvironment
  private let accounts: Accounts
  private let states: StateFolders
  private let isParanoid: Bool
  private let clock: LoopClock
  /// The lasting part of each service's environment.
  private var environments: [String: Lasting] = [:]

  private struct Lasting {
    var settings: ServiceSettings
    var user: String
    var variables: [String]
  }

  init(
    node: NodeSettings, nodeName: String, environment: [String], debug: Bool = false,
    clock: LoopClock
  ) {
    states = StateFolders(chosen: node.stateDirectory, environment: environment)
    self.environment = PluginEnvironment(
      inherited: environment, nodeName: nodeName, states: states, debug: debug)
    accounts = Accounts(
      user: node.defaultPluginUser, group: node.defaultPluginGroup, clock: clock)
    isParanoid = node.paranoia
    self.clock = clock
  }

  /// The program to start for a plugin, and whose it is.
  /// - Throws: ``AccountError`` when its user or group does not exist.
  func program(
    at path: String, service: String, settings: ServiceSettings, _ request: Request
  ) async throws(AccountError) -> (program: Program, identity: Identity) {
    let identity = try await accounts.identity(for: settings)
    var program = Program(
      path: path, arguments: request.arguments,
      environment: lasting(service, settings, user: identity.userName)
        + environment.passing(
          service: service, master: request.master, capabilities: request.capabilities,
          settings: settings, user: identity.userName),
      directory: "/")
    program.credentials = identity.credentials
    if let command = settings.command, let first = command.first {
      let words = command.flatMap { $0 == "%c" ? [path] + request.arguments : [$0] }
      program.path = first == "%c" ? path : OutsidePlugins.find(first)
      program.arguments = Array(words.dropFirst())
      program.name = words[0]
    }
    return (program, identity)
  }

  private func lasting(
    _ service: String, _ settings: ServiceSettings, user: String
  ) -> [String] {
    if let known = environments[service], known.user == user, known.settings == settings {
      return known.variables
    }
    let variables = environment.lasting(settings, user: user)
    environments[service] = Lasting(settings: settings, user: user, variables: variables)
    return variables
  }

  /// Runs a plugin to its end.
  func run(
    _ path: String, service: String, settings: ServiceSettings, _ request: Request
  ) async -> Answer {
    if isParanoid, let danger = Permissions.danger(of: path) {
      return Answer(body: .failed, complaint: "not run (paranoia): \(danger)")
    }
    let start: (program: Program, identity: Identity)
    do throws(AccountError) {
      start = try await program(at: path, service: service, settings: settings, request)
    } catch {
      return Answer(body: .failed, complaint: "\(error)")
    }
    let note = prepareState(for: start.identity)
    do throws(SpawnError) {
      let outcome = try await ChildProcess.run(start.program, within: request.limit, clock: clock)
      var answer = judge(outcome, limit: request.limit)
      answer.complaint = answer.complaint ?? note
      return answer
    } catch {
      return Answer(body: .failed, complaint: "\(error)")
    }
  }

  /// Makes the state folder of whoever runs a plugin.
  /// - Returns: why there is none.
  func prepareState(for identity: Identity) -> String? {
    states.prepare(for: identity).map { "no state folder: \($0)" }
  }

  private func judge(_ outcome: ChildProcess.Outcome, limit: Duration) -> Answer {
    let said = OutsidePlugins.complaints(in: outcome.errors)
    func failed(_ reason: String) -> Answer {
      Answer(
        body: .failed, complaint: [reason, said].filter { !$0.isEmpty }.joined(separator: ": "))
    }
    if outcome.timedOut {
      let text = "still running after \(limit.components.seconds) s, killed"
      return Answer(body: .timedOut, complaint: said.isEmpty ? text : "\(text): \(said)")
    }
    if outcome.overflowed { return failed("printed more than 8 MiB, killed") }
    if outcome.complainedTooMuch { return failed("complained more than 8 MiB, killed") }
    guard let ending = outcome.ending, ending == .exit(0) else {
      return failed(outcome.ending.map { "\($0)" } ?? "vanished")
    }
    return Answer(
      body: .lines(cleanedLines(of: outcome.output)),
      complaint: said.isEmpty ? nil : "error output: \(said)")
  }

  /// What a plugin complained of, on one line; lines that begin with `# ` are debugging, not complaints.
  static nonisolated func complaints(in bytes: [UInt8]) -> String {
    bytes.split(separator: 0x0A).filter { !$0.starts(with: [0x23, 0x20]) }.prefix(5)
      .map { String(decoding: $0.prefix(500), as: UTF8.self) }.joined(separator: " | ")
  }

  /// A command's path: as a shell finds it, on the plugins' PATH.
  static nonisolated func find(_ command: String) -> String {
    guard !command.contains("/") else { return command }
    for folder in PluginEnvironment.path.split(separator: ":") {
      let path = "\(folder)/\(command)"
      if access(path, X_OK) == 0 { return path }
    }
    return command
  }
}
