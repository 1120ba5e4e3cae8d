import EventLoop
import Inventory
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Polling

/// Names with several addresses, over real sockets; the time is the test's.
@Suite(.timeLimit(.minutes(1))) struct DialerRaceTests {
  private static func addresses(_ texts: String) -> [SocketAddress] {
    texts.split(separator: " ").compactMap { try? SocketAddress(host: String($0), port: 4949) }
  }

  @Test(arguments: [
    ("", ""), ("192.0.2.1", "192.0.2.1"),
    ("2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2", "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2"),
    ("192.0.2.1 192.0.2.2 192.0.2.3 ::1", "192.0.2.1 ::1 192.0.2.2 192.0.2.3"),
    ("127.0.0.1 127.0.0.1 ::1 127.0.0.1", "127.0.0.1 ::1"),
  ])
  func bothKindsOfAddressesAreTriedInTurn(found: String, tried: String) {
    let ordered = DialerRace.ordered(Self.addresses(found), from: nil)
    #expect(ordered.map(\.host).joined(separator: " ") == tried)
  }

  @Test func onlyAddressesOfTheLocalAddressesKindAreTried() throws {
    let found = Self.addresses("2001:db8::1 192.0.2.1 192.0.2.2")
    for (local, tried) in [("127.0.0.1", ["192.0.2.1", "192.0.2.2"]), ("::1", ["2001:db8::1"])] {
      let source = try SocketAddress(host: local, port: 0)
      #expect(DialerRace.ordered(found, from: source).map(\.host) == tried)
    }
  }

  @Test func aThousandAddressesAreTooMany() {
    let found = (0..<1000).compactMap {
      try? SocketAddress(host: "192.0.\($0 / 250).\($0 % 250)", port: 1)
    }
    #expect(DialerRace.ordered(found, from: nil).count == 16)
  }

  /// Dials the name `web01`, which has these addresses.
  @LoopActor
  private static func dial(
    _ found: [SocketAddress], _ clock: LoopClock, local: String? = nil, limit: Int = 20
  ) async -> Result<String, PollFailure> {
    let book = AddressBook(clock: clock, note: { _ in }, lookUp: { _, _ in .success(found) })
    var host = HostSettings(groups: ["g"], name: "node", address: "web01", port: 4949)
    host.localAddress = local
    do throws(PollFailure) {
      let transport = try await Dialer(book: book, clock: clock)
        .dial(host, within: .seconds(limit))
      defer { transport.close() }
      return .success(transport.peerName)
    } catch {
      return .failure(error)
    }
  }

  /// A port on which nobody listens.
  @LoopActor
  private static func deserted() throws -> SocketAddress {
    let listener = try Listener(on: SocketAddress(host: "127.0.0.1", port: 0))
    defer { listener.close() }
    return listener.address
  }

  @Test func aRefusalStartsTheNextAttemptAtOnce() async throws {
    try await onTestLoop {
      let node = try TestNode()
      defer { node.close() }
      let good = try SocketAddress(host: "127.0.0.1", port: node.port)
      let clock = LoopClock(standingAt: 0)
      let result = try await Self.dial([Self.deserted(), Self.deserted(), good], clock)
      #expect(try result.get() == good.description)
      #expect(clock.waiting == 0)
    }
  }

  @Test func anAddressThatDoesNotAnswerCostsAQuarterOfASecond() async throws {
    try await onTestLoop {
      let hole = try await BlackHole()
      let node = try TestNode()
      defer { node.close() }
      let good = try SocketAddress(host: "127.0.0.1", port: node.port)
      let clock = LoopClock(standingAt: 0)
      // Not by a name: the timers of its look-up would be waited for in place of these.
      let race = DialerRace(
        to: [hole.address, good], from: nil, until: clock.now.advanced(by: .seconds(20)),
        limit: .seconds(20), clock: clock)
      let racing = EventLoop.start { await race.run() }
      // The attempt's limit and the next attempt's time.
      try await until("the first attempt") { clock.waiting == 2 }
      clock.advance(by: .milliseconds(249))
      try await turn()
      #expect(node.calls == 0)
      clock.advance(by: .milliseconds(1))
      let connection = await racing.value
      #expect(connection?.peerName == good.description)
      connection?.close()
      // The other attempt has been given up.
      try await until("its end") { clock.waiting == 0 }
      await hole.close()
    }
  }

  @Test func aFailureNamesAllAddresses() async throws {
    try await onTestLoop {
      let hole = try await BlackHole()
      let refused = try Self.deserted()
      let clock = LoopClock(standingAt: 0)
      let race = DialerRace(
        to: [hole.address, refused], from: nil, until: clock.now.advanced(by: .seconds(20)),
        limit: .seconds(20), clock: clock)
      let racing = EventLoop.start { await race.run() }
      try await until("the first attempt") { clock.waiting == 2 }
      clock.advance(by: .milliseconds(250))
      try await until("the second attempt's end") { race.problems.count == 1 }
      clock.advance(by: .seconds(19.75))
      let connection = await racing.value
      #expect(connection == nil)
      #expect(
        race.failure(of: "web01", from: nil)
          == "cannot connect to web01: connect \(refused): Connection refused; "
          + "connect \(hole.address): no answer within 20 s")
      await hole.close()
    }
  }

  @Test func aNameWithoutAnAddressOfTheRightKindIsNamed() async throws {
    try await onTestLoop {
      let found = Self.addresses("::1")
      guard case .failure(let failure) = await Self.dial(found, .real, local: "127.0.0.1") else {
        Issue.record("connected")
        return
      }
      #expect(
        failure.description
          == "cannot connect to web01: it has no IPv4 address, which local_address 127.0.0.1 needs")
    }
  }

  @Test func theProgramsEndEndsTheAttempts() async throws {
    try await onTestLoop {
      let hole = try await BlackHole()
      let clock = LoopClock(standingAt: 0)
      let other = try SocketAddress(host: "127.0.0.2", port: hole.address.port)
      let dialing = EventLoop.start { await Self.dial([hole.address], clock) }
      let race = EventLoop.start { await Self.dial([hole.address, other], clock) }
      try await until("the attempts") { clock.waiting == 3 }
      dialing.cancel()
      race.cancel()
      await #expect(throws: PollFailure.self) { try await dialing.value.get() }
      await #expect(throws: PollFailure.self) { try await race.value.get() }
      await hole.close()
    }
  }
}
