internal import EventLoop
internal import Text

/// Connects to the first of a node's addresses that answers (RFC 8305, Happy Eyeballs): the next attempt begins 250 ms
/// after the last, or when one has failed.
@LoopActor
final class DialerRace {
  /// RFC 8305 section 8 recommends it.
  private static let delay = Duration.milliseconds(250)
  /// A name with more addresses is no node's.
  private nonisolated static let mostAddresses = 16

  private let addresses: [SocketAddress]
  private let source: SocketAddress?
  private let end: LoopClock.Instant
  private let limit: Duration
  private let clock: LoopClock
  private var winner: Connection?
  private var underWay = 0
  private var isOver = false
  private var event = Gate()
  private(set) var problems: [String] = []

  init(
    to addresses: [SocketAddress], from source: SocketAddress?, until end: LoopClock.Instant,
    limit: Duration, clock: LoopClock
  ) {
    self.addresses = addresses
    self.source = source
    self.end = end
    self.limit = limit
    self.clock = clock
  }

  /// The addresses in the order of the attempts: the resolver's, with IPv6 and IPv4 in turn, none twice.
  /// - Parameter source: the local address; only addresses of its kind can be reached from it.
  nonisolated static func ordered(
    _ found: [SocketAddress], from source: SocketAddress?
  ) -> [SocketAddress] {
    var unique: [SocketAddress] = []
    for address in found
    where !unique.contains(address) && (source == nil || source?.isIPv6 == address.isIPv6) {
      unique.append(address)
    }
    guard let first = unique.first else { return [] }
    let one = unique.filter { $0.isIPv6 == first.isIPv6 }
    let other = unique.filter { $0.isIPv6 != first.isIPv6 }
    var ordered: [SocketAddress] = []
    for index in 0..<max(one.count, other.count) {
      if index < one.count { ordered.append(one[index]) }
      if index < other.count { ordered.append(other[index]) }
    }
    return Array(ordered.prefix(mostAddresses))
  }

  /// The first connection; `nil` when there is none, for the reasons in ``problems``.
  func run() async -> Connection? {
    // Most nodes have one address: no tasks and no timer then.
    if addresses.count == 1 {
      await attempt(addresses[0])
      return winner
    }
    return await withTaskCancellationHandler {
      await race()
    } onCancel: {
      EventLoop.main.post { self.cancel() }
    }
  }

  private func race() async -> Connection? {
    var attempts: [Task<Void, Never>] = []
    while winner == nil, !isOver {
      if attempts.count < addresses.count, clock.now < end {
        let address = addresses[attempts.count]
        underWay += 1
        attempts.append(
          EventLoop.start {
            await self.attempt(address)
            self.underWay -= 1
            self.event.open()
          })
      } else if underWay == 0 {
        break
      }
      let event = Gate()
      self.event = event
      let timer =
        attempts.count < addresses.count
        ? clock.schedule(at: clock.now.advanced(by: Self.delay)) { event.open() } : nil
      await event.wait()
      timer?.cancel()
    }
    isOver = true
    // The others close themselves.
    for attempt in attempts { attempt.cancel() }
    return winner
  }

  private func attempt(_ address: SocketAddress) async {
    do throws(IOError) {
      let connection = try await Connection.connect(
        to: address, from: source, within: clock.now.duration(to: end), clock: clock)
      if winner == nil, !isOver { winner = connection } else { connection.close() }
    } catch {
      problems.append(
        error == .timedOut
          ? "connect \(address): no answer within \(TimeSpan.text(limit))" : "\(error)")
    }
  }

  private func cancel() {
    isOver = true
    problems.append("cancelled")
    event.open()
  }

  /// What is to be said when there was no connection: all addresses that were tried.
  func failure(of name: String, from source: SocketAddress?) -> String {
    if addresses.isEmpty {
      let kind = source.map { $0.isIPv6 ? "IPv6 " : "IPv4 " } ?? ""
      return "cannot connect to \(name): it has no \(kind)address"
        + (source.map { ", which local_address \($0.host) needs" } ?? "")
    }
    if addresses.count == 1 { return problems.joined() }
    return "cannot connect to \(name): \(problems.joined(separator: "; "))"
  }
}
