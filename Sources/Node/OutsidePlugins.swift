package import EventLoop
internal import Glibc
internal import MuninWire
package import Settings

/// Runs outside plugins: as the user of plugin-conf.d, in munin-node's environment, within their time limit.
@LoopActor
package final class OutsidePlugins {
  /// The result of a run.
  package struct Answer {
    package enum Body {
      /// The lines for the master.
      case lines([UInt8])
      case timedOut
      case failed
    }

    package var body: Body
    /// What is to be logged, if anything.
    package var complaint: String?
  }

  /// The arguments of a run, and for which master it is.
  package struct Request {
    var arguments: [String]
    var master: String
    var capabilities: Capabilities
    var limit: Duration

    package init(
      arguments: [String], master: String, capabilities: Capabilities, limit: Duration
    ) {
      self.arguments = arguments
      self.master = master
      self.capabilities = capabilities
      self.limit = limit
    }
  }

  /// How long a plugin may run when plugin-conf.d says nothing else.
  private var timeout: Duration
  private var environment: PluginEnvironment
  private var accounts: Accounts
  private var states: StateFolders
  private var isParanoid: Bool
  /// The daemon's own, `NAME=VALUE`.
  private let inherited: [String]
  private let debug: Bool
  private let clock: LoopClock
  /// The part of each service's environment that is the same in each run.
  private var environments: [String: Lasting] = [:]

  private struct Lasting {
    var settings: ServiceSettings
    var user: String
    var variables: [String]
  }

  package init(
    node: NodeSettings, nodeName: String, environment: [String], debug: Bool = false,
    clock: LoopClock
  ) {
    states = StateFolders(chosen: node.stateDirectory, environment: environment)
    self.environment = PluginEnvironment(
      inherited: environment, nodeName: nodeName, states: states, debug: debug)
    accounts = Accounts(
      user: node.defaultPluginUser, group: node.defaultPluginGroup, clock: clock)
    isParanoid = node.paranoia
    timeout = .seconds(node.timeout)
    inherited = environment
    self.debug = debug
    self.clock = clock
  }

  /// Takes over other settings of munin-node.conf. Plugins that run go on under the old ones.
  func adopt(_ node: NodeSettings, nodeName: String) {
    states = StateFolders(chosen: node.stateDirectory, environment: inherited)
    environment = PluginEnvironment(
      inherited: inherited, nodeName: nodeName, states: states, debug: debug)
    accounts = Accounts(
      user: node.defaultPluginUser, group: node.defaultPluginGroup, clock: clock)
    isParanoid = node.paranoia
    timeout = .seconds(node.timeout)
    environments = [:]
  }

  /// How long a plugin may run.
  /// - Parameter deadline: when the session ends that waits for it.
  func limit(of settings: ServiceSettings, within deadline: LoopClock.Instant?) -> Duration {
    let own = settings.timeout.map { Duration.seconds($0) } ?? timeout
    guard let deadline else { return own }
    // The rest of the session must do for sending the answer too.
    return min(own, max(.seconds(1), clock.now.duration(to: deadline) - .seconds(5)))
  }

  /// The program to start for a plugin, and the account that it runs as.
  /// - Throws: ``AccountError`` when its user or group does not exist.
  package func program(
    at path: String, service: String, settings: ServiceSettings, _ request: Request
  ) async throws(AccountError) -> (program: ChildProgram, identity: Identity) {
    let identity = try await accounts.identity(for: settings)
    var program = ChildProgram(
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
  package func run(
    _ path: String, service: String, settings: ServiceSettings, _ request: Request
  ) async -> Answer {
    if isParanoid, let danger = Permissions.danger(of: path) {
      return Answer(body: .failed, complaint: "not run (paranoia): \(danger)")
    }
    let start: (program: ChildProgram, identity: Identity)
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

  /// Makes the state folder of the account that runs a plugin.
  /// - Returns: why that failed, if it did.
  package func prepareState(for identity: Identity) -> String? {
    states.prepare(for: identity).map { "cannot make the state folder: \($0)" }
  }

  private func judge(_ outcome: ChildOutcome, limit: Duration) -> Answer {
    let said = OutsidePlugins.complaints(in: outcome.errors)
    func failed(_ reason: String) -> Answer {
      Answer(
        body: .failed, complaint: [reason, said].filter { !$0.isEmpty }.joined(separator: ": "))
    }
    if outcome.timedOut {
      let seconds = limit.components.seconds
      let text =
        outcome.leftStreamsOpen
        ? "ended, but a process that it started still had its stdout or stderr open after "
          + "\(seconds) s, killed"
        : "still running after \(seconds) s, killed"
      return Answer(body: .timedOut, complaint: said.isEmpty ? text : "\(text): \(said)")
    }
    if outcome.overflowed { return failed("wrote more than 8 MiB to stdout, killed") }
    if outcome.errorsOverflowed { return failed("wrote more than 8 MiB to stderr, killed") }
    guard let ending = outcome.ending, ending == .exit(0) else {
      return failed(outcome.ending.map { "\($0)" } ?? "did not end after SIGKILL")
    }
    return Answer(
      body: .lines(cleanedLines(of: outcome.output)),
      complaint: said.isEmpty ? nil : "wrote to stderr: \(said)")
  }

  /// The first lines of a plugin's stderr on one line; those that begin with `# ` are debugging output and left out.
  static nonisolated func complaints(in bytes: [UInt8]) -> String {
    bytes.split(separator: 0x0A).filter { !$0.starts(with: [0x23, 0x20]) }.prefix(5)
      .map { String(decoding: $0.prefix(500), as: UTF8.self) }.joined(separator: " | ")
  }

  /// The path of a command as a shell finds it, on the plugins' PATH.
  static nonisolated func find(_ command: String) -> String {
    guard !command.contains("/") else { return command }
    for folder in PluginEnvironment.path.split(separator: ":") {
      let path = "\(folder)/\(command)"
      if access(path, X_OK) == 0 { return path }
    }
    return command
  }
}
