internal import Daemon
public import EventLoop
public import Settings

/// Opens the transport to a node, as its `address` in munin.conf says: a connection, or a command that speaks the protocol.
@LoopActor
public struct Dialer {
  private let book: AddressBook
  private let keeper: DialerKeeper
  private let clock: LoopClock

  /// - Parameter note: logs names whose addresses cannot be looked up, once each.
  public nonisolated init(clock: LoopClock, note: @escaping @Sendable (String) -> Void) {
    self.init(book: AddressBook(clock: clock, note: note), clock: clock)
  }

  nonisolated init(book: AddressBook, clock: LoopClock) {
    self.book = book
    keeper = DialerKeeper(clock: clock)
    self.clock = clock
  }

  /// From now on connections wait for their nodes' next polls: for a process that polls again.
  public func keepConnections() { keeper.isOn = true }

  /// How many sockets may wait: each holds a descriptor.
  public var mostKept: Int {
    get { keeper.most }
    nonmutating set { keeper.most = newValue }
  }

  /// The longest time between two polls for which a plain connection is worth a descriptor on both machines; with munin-node,
  /// a process.
  private nonisolated static let shortPeriod = 60

  /// Whether a node's connection may wait for its next poll: to log in or to secure a connection anew costs both machines more than
  /// the poll itself.
  /// - Parameter period: seconds between two polls.
  public nonisolated static func isKept(_ host: HostSettings, period: Int) -> Bool {
    switch host.endpoint {
    case .ssh: true
    case .tcp:
      period <= shortPeriod || host.tls.mode == .enabled || host.tls.mode == .paranoid
    case .unix, .command, nil: false
    }
  }

  /// Connects to a node, or starts its command.
  /// - Parameter limit: for the look-up of the name and all attempts to connect together.
  func dial(
    _ host: HostSettings, within limit: Duration
  ) async throws(PollFailure) -> any Transport {
    switch host.endpoint {
    case .tcp(let name, let port):
      return try await connect(to: name, port: port, from: host.localAddress, within: limit)
    case .unix(let path): return try await connect(to: path, within: limit)
    case .ssh(let ssh):
      return try start(Self.command(ssh, of: host), name: "\(NodeAddress.ssh(ssh))")
    case .command(let command):
      return try start(command, name: "\(NodeAddress.command(command))")
    case nil: throw PollFailure(description: "\(host.path): no address")
    }
  }

  // MARK: Sockets

  private func connect(
    to name: String, port: Int, from localAddress: String?, within limit: Duration
  ) async throws(PollFailure) -> any Transport {
    let end = clock.now.advanced(by: limit)
    do throws(IOError) {
      let found = try await book.addresses(of: name, port: port, within: limit)
      let source: SocketAddress? =
        if let localAddress { try SocketAddress(host: localAddress, port: 0) } else { nil }
      let race = DialerRace(
        to: DialerRace.ordered(found, from: source), from: source, until: end, limit: limit,
        clock: clock)
      if let connection = await race.run() { return connection }
      book.expire(name, port: port)
      throw .failed(race.failure(of: name, from: source))
    } catch {
      throw PollFailure(description: "\(error)")
    }
  }

  private func connect(
    to path: String, within limit: Duration
  ) async throws(PollFailure) -> any Transport {
    let end = clock.now.advanced(by: limit)
    while true {
      do throws(IOError) {
        return try await Connection.connect(
          to: SocketAddress(path: path), within: clock.now.duration(to: end), clock: clock)
      } catch {
        // A node whose queue of callers is full is asked again: there is no event to wait for.
        guard error.meansFullQueue, clock.now < end,
          (try? await clock.sleep(for: .milliseconds(100))) != nil
        else { throw PollFailure(description: "\(error)") }
      }
    }
  }

  // MARK: Commands

  /// The command line of munin-update for `ssh://`. ssh joins what follows the host, and the other side's shell reads it.
  nonisolated static func command(_ ssh: NodeAddress.SSHAddress, of host: HostSettings) -> String {
    let place = "\(ssh.user.map { $0 + "@" } ?? "")\(ssh.host)"
    return [
      host.sshCommand, host.sshOptions, "-p", String(ssh.port ?? 22), place, ssh.command,
    ].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether the node's connection waits for the next poll.
  func keeps(_ host: HostSettings, period: Int) -> Bool {
    keeper.isOn && Self.isKept(host, period: period)
  }

  /// The connection of the node's last poll, which has shown its banner and answered `cap`.
  func removeKept(of host: HostSettings) -> DialerKeeper.Kept? { keeper.remove(of: host) }

  /// Leaves the connection of a poll that is done to the next one.
  func keep(_ kept: DialerKeeper.Kept) { keeper.add(kept) }

  /// What the shell is given. munin gives both kinds of command to a shell too, so quotes and pipes work as in its
  /// munin.conf. `exec` saves a process, where the line is one simple command.
  nonisolated static func line(_ command: String) -> String {
    let first = command.prefix { $0 != " " }
    let isSimple =
      !first.contains("=") && !command.utf8.contains { ";&|(){}\n".utf8.contains($0) }
    return isSimple ? "exec \(command)" : command
  }

  private func start(_ command: String, name: String) throws(PollFailure) -> any Transport {
    do throws(SpawnError) {
      return try ChildTransport(
        .shell(Self.line(command), environment: OwnProcess.environment), name: name, clock: clock)
    } catch {
      throw PollFailure(description: "\(name): \(error)")
    }
  }

  /// Adds to a failure how the node's command ended and what it wrote to stderr; waits for the end of the command.
  /// - Parameter isHanging: whether the time limit has passed, so that the command is ended by a signal.
  func explaining(
    _ failure: PollFailure, by transport: any Transport, isHanging: Bool
  ) async -> PollFailure {
    guard let child = transport as? ChildTransport else { return failure }
    if Task.isCancelled {
      child.kill()
      return failure
    }
    if isHanging { child.terminate() }
    let outcome = await child.finish()
    var facts: [String] = []
    // What ends by our own signal says nothing, nor does a command that ends as it should when its stdin is closed.
    if case .exit(let status) = outcome.ending, status != 0 {
      facts.append("exit status \(status)")
    }
    if case .signal(let number) = outcome.ending, !isHanging { facts.append("signal \(number)") }
    if outcome.ending == nil { facts.append("it does not end, even after SIGKILL") }
    if let words = Self.lastWords(outcome.errors) { facts.append("stderr: '\(words)'") }
    if facts.isEmpty { return failure }
    return failure.adding("; the command: \(facts.joined(separator: ", "))")
  }

  /// The last two lines of stderr, at most 200 bytes, without control characters.
  nonisolated static func lastWords(_ bytes: [UInt8]) -> String? {
    let lines = bytes.suffix(1000).split { $0 == 0x0A || $0 == 0x0D }
      .map { $0.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 } }
      .filter { $0.contains { $0 > 0x20 } }
    if lines.isEmpty { return nil }
    let words = Array(lines.suffix(2).joined(separator: Array(" / ".utf8)))
    return String(decoding: words.prefix(200), as: UTF8.self)
  }
}
