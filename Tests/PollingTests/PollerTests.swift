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
      limits: PollLimits(connectTimeout: 20, nodeTimeout: 60), isSerial: serial)
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
    switch result {
    case .failure(let failure): failure.description
    case .success(let poll): poll.trouble
    }
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

  @Test func theTimeOfAServiceIsMeasured() async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load])
      defer { node.close() }
      let poll = try await Self.poll(port: node.port, .real).get()
      #expect(poll.services[0].duration > 0 && Double(poll.services[0].duration) < poll.duration)
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
      let hole = try await BlackHole()
      let target = hole.address
      let clock = LoopClock(standingAt: 1_700_000_000)
      let poll = EventLoop.start { await Self.poll(port: target.port, clock) }
      try await until("a deadline") { clock.waiting == 1 }
      clock.advance(by: .seconds(19))
      try await LoopClock.real.sleep(for: .milliseconds(5))
      #expect(clock.waiting == 1)
      clock.advance(by: .seconds(2))
      #expect(
        Self.reason(await poll.value)
          == "connect \(target): no answer within 20 s (limit for connecting: timeout 20)")
      await hole.close()
    }
  }

  /// Wherever a node hangs, a poll at a rate of 10 s has ended within 9 s, and says what it waited for, the limit and the setting.
  @Test(arguments: [
    (TestNode.Mood.silent, "the banner"),
    (.hangs(at: "cap multigraph dirtyconfig"), "the list of services"),
    (.hangs(at: "list node"), "the list of services"), (.hangs(at: "config load"), "config load"),
  ])
  func aHangIsLeftInTime(mood: TestNode.Mood, work: String) async throws {
    try await onTestLoop {
      let node = try TestNode([Self.load, Self.users])
      defer { node.close() }
      node.mood = mood
      let clock = LoopClock(standingAt: 1_700_000_000)
      let (result, passed) = try await pass(clock, with: [node]) {
        await Self.poll(port: node.port, clock) { $0.limits = PollLimits(updateRate: 10) }
      }
      let reason = Self.reason(result) ?? ""
      let limit = work == "the banner" ? "the banner" : "each answer"
      #expect(
        reason.hasPrefix(
          "127.0.0.1:\(node.port): no answer within 3.3 s while waiting for \(work) "
            + "(limit for \(limit): a third of update_rate 10)"), "\(reason)")
      #expect(passed >= 3.3 && passed <= 9.1)
    }
  }

  // MARK: Services that break the conversation

  private static let many = (0..<8).map {
    TestNode.Service("s\($0)", "graph_title S\nx.label x", "x.value \($0)")
  }

  /// Polls a node of eight services at a rate of 10 s.
  @LoopActor
  private static func poll(
    _ node: TestNode, setUp: @escaping @Sendable (inout PollOrder) -> Void = { _ in }
  ) async throws -> (poll: Result<Poll, PollFailure>, seconds: Double) {
    let clock = LoopClock(standingAt: 1_700_000_000)
    let port = node.port
    let (poll, seconds) = try await pass(clock, with: [node]) {
      await Self.poll(port: port, clock) {
        $0.limits = PollLimits(updateRate: 10)
        setUp(&$0)
      }
    }
    return (poll, seconds)
  }

  /// The values by service, `-` for none.
  private static func values(_ poll: Poll) -> String {
    poll.services.map { $0.values.first?.values.first?.reading.text ?? "-" }
      .joined(separator: " ")
  }

  @Test(
    arguments: [
      (TestNode.Fault.closes, ""),
      (.stalls, "no answer within 3.3 s while waiting for "),
      (.floods, "more than 8 MiB in "), (.sendsALongLine, "a line of more than 64 KiB in "),
    ], ["config s3", "fetch s3"])
  func aServiceThatBreaksTheConversationCostsOnlyItself(
    fault: (TestNode.Fault, String), request: String
  ) async throws {
    try await onTestLoop {
      for isSerial in [false, true] {
        let node = try TestNode(Self.many)
        defer { node.close() }
        node.faults[request] = fault.0
        let (result, seconds) = try await Self.poll(node) { $0.isSerial = isSerial }
        let poll = try result.get()
        #expect(Self.values(poll) == "0 1 2 - 4 5 6 7")
        #expect(node.calls == 2 && seconds < 9 && poll.trouble == nil)
        #expect(poll.isSerial == isSerial)
        guard case .broke(let reason, true) = poll.services[3].outcome else {
          Issue.record("\(poll.services[3].outcome)")
          return
        }
        // A node that closes with requests unread resets the connection.
        #expect(reason.contains(fault.1 + request), "\(reason)")
        #expect(poll.services.filter { $0.outcome == .answered }.count == 7)
        // What was answered is not asked for again.
        for number in [0, 1, 2] where isSerial {
          #expect(node.requests.count { $0 == "fetch s\(number)" } == 1)
        }
      }
    }
  }

  @Test func severalServicesThatBreakCostOnlyThemselves() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.many)
      defer { node.close() }
      node.faults = ["config s1": .closes, "fetch s4": .floods, "config s6": .sendsALongLine]
      let poll = try await Self.poll(node).poll.get()
      #expect(Self.values(poll) == "0 - 2 3 - 5 - 7" && poll.trouble == nil)
      let broken = poll.services.filter {
        if case .broke(_, true) = $0.outcome { true } else { false }
      }
      #expect(broken.map(\.name) == ["s1", "s4", "s6"])
    }
  }

  /// Requests that arrive together are lost: all is answered in the same poll, and no service is blamed.
  @Test func aNodeThatLosesRequestsIsAskedOneAtATime() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.many)
      defer { node.close() }
      for service in Self.many { node.faults["config \(service.name)"] = .losesMore }
      let (result, seconds) = try await Self.poll(node)
      let poll = try result.get()
      #expect(Self.values(poll) == "0 1 2 3 4 5 6 7" && poll.isSerial && seconds < 9)
      #expect(poll.services.allSatisfy { $0.outcome == .answered })
      // A service that breaks is found all the same.
      node.faults["fetch s5"] = .closes
      let next = try await Self.poll(node) { $0.isSerial = true }.poll.get()
      #expect(Self.values(next) == "0 1 2 3 4 - 6 7" && next.isSerial)
    }
  }

  /// Nothing is lost of what came before the node went away, and no service is blamed for it.
  @Test func aNodeThatGoesAwayLeavesItsValues() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.many)
      defer { node.close() }
      node.mood = .hangs(at: "fetch s3")
      let (result, seconds) = try await Self.poll(node)
      let poll = try result.get()
      #expect(Self.values(poll) == "0 1 2 - - - - -" && seconds <= 9.1)
      #expect(
        poll.trouble?.hasPrefix(
          "127.0.0.1:\(node.port): no answer within 3.3 s while waiting for fetch s3 (limit for each "
            + "answer: a third of update_rate 10); asked again: no answer within 3.3 s while waiting "
            + "for the banner") == true, "\(poll.trouble ?? "")")
      #expect(poll.services[7].outcome == .unanswered)
      guard case .broke(_, false) = poll.services[3].outcome else {
        Issue.record("\(poll.services[3].outcome)")
        return
      }
    }
  }

  /// What is left out is not asked, and what is asked last costs the others nothing and no second connection.
  @Test func theOrderSaysWhatIsLeftOutAndWhatIsAskedLast() async throws {
    try await onTestLoop {
      let node = try TestNode(Self.many)
      defer { node.close() }
      node.faults = ["config s1": .closes, "config s2": .closes]
      let poll = try await Self.poll(node) {
        $0.leftOut = ["s1"]
        $0.askedLast = ["s2"]
      }.poll.get()
      #expect(Self.values(poll) == "0 - - 3 4 5 6 7" && node.calls == 1)
      #expect(poll.services[1].outcome == .leftOut)
      #expect(node.requests.last == "config s2")
    }
  }

  /// A node that reads no further request before its reply is taken, with buffers of a few kB: the master must never wait for it to read.
  @Test func aNodeThatReadsNothingUntilItIsReadIsPolled() async throws {
    try await onTestLoop {
      let server = try RawServer(buffer: 1)
      defer { server.close() }
      let names = (0..<400).map { "s\($0)_" + String(repeating: "n", count: 100) }
      let filler = String(repeating: "x.info \(String(repeating: "i", count: 100))\n", count: 100)
      let serving = EventLoop.start {
        await Blocking.shared.run(within: .seconds(40), clock: .real) {
          let caller = accept(server.descriptor, nil, nil)
          defer { close(caller) }
          func say(_ text: String) {
            var left = Array(text.utf8)[...]
            while !left.isEmpty {
              let count = left.withUnsafeBytes { write(caller, $0.baseAddress, $0.count) }
              if count <= 0 { return }
              left = left.dropFirst(count)
            }
          }
          say("# munin node at node\n")
          var line = ""
          var byte: UInt8 = 0
          while read(caller, &byte, 1) == 1 {
            guard byte == 0x0A else {
              line.unicodeScalars.append(Unicode.Scalar(byte))
              continue
            }
            if line.hasPrefix("cap") { say("cap multigraph\n") }
            if line.hasPrefix("list") { say(names.joined(separator: " ") + "\n") }
            if line.hasPrefix("config") { say("graph_title T\n\(filler)x.label x\n.\n") }
            if line.hasPrefix("fetch") { say("x.value 1\n.\n") }
            if line.hasPrefix("quit") { return }
            line = ""
          }
        }
      }
      let poll = try await Self.poll(port: server.port, .real).get()
      #expect(poll.services.count == 400 && poll.services.allSatisfy { $0.readTime != nil })
      _ = await serving.value
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
      node.mood = .closes(at: "list node")
      #expect(
        Self.reason(await Self.poll(port: node.port)) == "127.0.0.1:\(node.port): the node closed "
          + "the connection before its list of services")
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
      // Only a raw socket can reset a connection at will.
      let server = try RawServer()
      defer { server.close() }
      let port = server.port
      let poll = EventLoop.start { await Self.poll(port: port, serial: true) }
      var waiting = pollfd(fd: server.descriptor, events: Int16(POLLIN), revents: 0)
      try await until("a caller") { Glibc.poll(&waiting, 1, 0) == 1 }
      let caller = accept(server.descriptor, nil, nil)
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
      let first = try await Self.poll(node)
      let poll = try first.poll.get()
      #expect(poll.isSerial && poll.services.count == 2 && node.calls == 2)
      let serial = try await Self.poll(node) { $0.isSerial = true }
      #expect(try serial.poll.get().services.count == 2 && node.calls == 3 && serial.seconds < 3)
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
