import EventLoop
import Glibc
import Inventory
import MuninWire
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Polling

/// Polls over real sockets; the time is the test's.
@Suite(.timeLimit(.minutes(1))) struct PollerTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\nload.label load", "load.value 0.37")
  private static let users = TestNode.Service(
    "users", "graph_title Users\npts.label pts", "pts.value 2")

  @LoopActor
  private static func poll(
    port: Int, _ clock: LoopClock = LoopClock(standingAt: 1_700_000_000), serial: Bool = false,
    address: String = "127.0.0.1", setUp: (inout PollOrder) -> Void = { _ in }
  ) async -> Result<Poll, PollFailure> {
    var order = PollOrder(
      host: HostSettings(groups: ["g"], name: "node", address: address, port: port),
      connectTimeout: 20, nodeTimeout: 60, isSerial: serial)
    setUp(&order)
    do throws(PollFailure) {
      return .success(
        try await Poller(
          order, clock: clock, tls: PollTLS { _ in }, dialer: Dialer(clock: clock) { _ in }
        ).poll())
    } catch {
      return .failure(error)
    }
  }

  private static func reason(_ result: Result<Poll, PollFailure>) -> String? {
    if case .failure(let failure) = result { failure.description } else { nil }
  }

  @Test(arguments: [true, false]) func aNodeTellsAll(serial: Bool) async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      let poll = try await Self.poll(port: node.port, serial: serial).get()
      #expect(poll.nodeName == "node" && poll.faults == [])
      #expect(poll.services.map(\.name) == ["load", "users"])
      #expect(poll.services.map { $0.values[0].values[0].reading.text } == ["0.37", "2"])
      #expect(poll.services.allSatisfy { $0.readTime == 1_700_000_000 })
      let first = ["cap multigraph dirtyconfig", "list node"]
      let rest =
        serial
        ? ["config load", "fetch load", "config users", "fetch users"]
        : ["config load", "config users", "fetch load", "fetch users"]
      try await until("the farewell") { node.requests.count == 7 }
      #expect(node.requests == first + rest + ["quit "])
    }
  }

  @Test func nobodyListens() async throws {
    try await onTestLoop {
      let node = try TestNode()
      let port = node.port
      node.close()
      #expect(
        Self.reason(await Self.poll(port: port)) == "connect 127.0.0.1:\(port): Connection refused")
      #expect(
        Self.reason(await Self.poll(port: port, address: "nosuch.invalid"))?
          .hasPrefix("cannot resolve nosuch.invalid") == true)
      #expect(
        Self.reason(await Self.poll(port: port, address: "unix:///nonexistent/socket"))?
          .contains("/nonexistent/socket") == true)
    }
  }

  /// A listener whose queue is full lets the handshake hang: as a host that is switched off.
  @Test func aBlackHoleIsLeftInTime() async throws {
    try await onTestLoop {
      let hole = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      defer { close(hole) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isMade = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(hole, $0, length) == 0 && listen(hole, 0) == 0 && getsockname(hole, $0, &length) == 0
        }
      }
      try #require(isMade)
      let target = try SocketAddress(
        host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port)))
      // Fill the queue; these never come through either.
      let idle = LoopClock(standingAt: 0)
      let fillers = (0..<3).map { _ in
        EventLoop.start { () async -> Connection? in
          try? await Connection.connect(to: target, within: .seconds(1), clock: idle)
        }
      }
      try await until("a full queue") { idle.waiting > 0 }
      let clock = LoopClock(standingAt: 1_700_000_000)
      let poll = EventLoop.start { await Self.poll(port: target.port, clock) }
      try await until("a deadline") { clock.waiting == 1 }
      clock.advance(by: .seconds(19))
      try await LoopClock.real.sleep(for: .milliseconds(5))
      #expect(clock.waiting == 1)
      clock.advance(by: .seconds(2))
      #expect(
        Self.reason(await poll.value) == "connect \(target): no answer within 20 s")
      idle.advance(by: .seconds(2))
      for filler in fillers { await filler.value?.close() }
    }
  }

  @Test(arguments: [
    (TestNode.Mood.silent, "the banner"), (.hangs(at: "list node"), "the list of services"),
    (.hangs(at: "config load"), "config load"), (.hangs(at: "fetch users"), "fetch users"),
  ])
  func aHangIsLeftInTime(mood: TestNode.Mood, work: String) async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      node.mood = mood
      let clock = LoopClock(standingAt: 1_700_000_000)
      let poll = EventLoop.start { await Self.poll(port: node.port, clock) }
      let last = if case .hangs(let request) = mood { request } else { nil as String? }
      try await until("the hang") {
        node.calls == 1 && clock.waiting == 1 && (last.map(node.requests.contains) ?? true)
      }
      try await LoopClock.real.sleep(for: .milliseconds(5))
      clock.advance(by: .seconds(61))
      let reason = Self.reason(await poll.value)
      #expect(
        reason == "127.0.0.1:\(node.port): no answer within 60 s while waiting for \(work)")
    }
  }

  @Test func aNodeThatClosesIsNamed() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      node.mood = .denies
      #expect(
        Self.reason(await Self.poll(port: node.port)) == "127.0.0.1:\(node.port): the node closed "
          + "the connection before its banner (does it allow this address?)")
      node.mood = .closes(at: "fetch load")
      #expect(
        Self.reason(await Self.poll(port: node.port)) == "127.0.0.1:\(node.port): the node closed "
          + "the connection in the middle of fetch load")
      node.mood = .well
      #expect(Self.reason(await Self.poll(port: node.port)) == nil)
    }
  }

  /// Asking slower would not help: the node says itself what would.
  @Test func aNodeThatRequiresTLSIsToldWithItsSetting() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      node.mood = .requiresTLS
      for serial in [false, true] {
        guard case .failure(let failure) = await Self.poll(port: node.port, serial: serial) else {
          Issue.record("the node was polled")
          return
        }
        #expect(
          failure.description == "127.0.0.1:\(node.port): the node says 'I require TLS. Closing.': "
            + "set tls enabled for this node in munin.conf")
        #expect(!failure.isWhileAsking)
      }
    }
  }

  /// What a node said last often is the reason.
  @Test func theLastRemarkOfANodeThatClosesIsTold() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      node.mood = .remarks("# Too many connections")
      #expect(
        Self.reason(await Self.poll(port: node.port)) == "127.0.0.1:\(node.port): the node closed "
          + "the connection before its list of services; it said 'Too many connections'")
    }
  }

  @Test func aResetIsNamed() async throws {
    try await onTestLoop {
      // A raw socket: only it can reset a connection at will.
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      defer { close(server) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      _ = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(server, $0, length) == 0 && listen(server, 5) == 0
            && getsockname(server, $0, &length) == 0
        }
      }
      let port = Int(UInt16(bigEndian: address.sin_port))
      let poll = EventLoop.start { await Self.poll(port: port) }
      var waiting = pollfd(fd: server, events: Int16(POLLIN), revents: 0)
      try await until("a caller") { Glibc.poll(&waiting, 1, 0) == 1 }
      let caller = accept(server, nil, nil)
      _ = write(caller, "# munin node at x\n", 18)
      waiting = pollfd(fd: caller, events: Int16(POLLIN), revents: 0)
      try await until("the first request") { Glibc.poll(&waiting, 1, 0) == 1 }
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        caller, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      close(caller)
      #expect(
        Self.reason(await poll.value) == "127.0.0.1:\(port): read 127.0.0.1:\(port): "
          + "Connection reset by peer while waiting for the list of services")
    }
  }

  /// The last answer is all that counts; nobody needs the farewell.
  @Test func aNodeThatHurriesAwayIsPolled() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      node.mood = .hurries
      for _ in 0..<20 { #expect(Self.reason(await Self.poll(port: node.port)) == nil) }
    }
  }

  /// Such a node never sees the second of two requests that come together.
  @Test func aNodeThatTakesOneRequestAtATimeIsServedBySerialPolls() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      node.mood = .isSimple
      let clock = LoopClock(standingAt: 1_700_000_000)
      let poll = EventLoop.start { await Self.poll(port: node.port, clock) }
      try await until("the first answer") { !node.requests.isEmpty }
      try await LoopClock.real.sleep(for: .milliseconds(5))
      clock.advance(by: .seconds(61))
      guard case .failure(let failure) = await poll.value else {
        Issue.record("the node is not that simple")
        return
      }
      #expect(failure.isWhileAsking)
      let serial = try await Self.poll(port: node.port, serial: true).get()
      #expect(serial.services.count == 2)
    }
  }

  @Test func aPollEndsWithItsTask() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      node.mood = .silent
      let poll = EventLoop.start { await Self.poll(port: node.port) }
      try await until("the call") { node.calls == 1 }
      poll.cancel()
      #expect(Self.reason(await poll.value) != nil)
    }
  }
}
