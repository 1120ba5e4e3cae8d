import EventLoop
import Inventory
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Polling

/// TCP connections that wait for the next poll.
@Suite(.timeLimit(.minutes(1))) struct KeptConnectionTests {
  private static let load = TestNode.Service(
    "load", "graph_title Load\nload.label load", "load.value 0.37")

  /// A process that polls again, at a rate of 10 s.
  @LoopActor
  private struct World {
    let node: TestNode
    let clock = LoopClock(standingAt: 1_700_000_000)
    let dialer: Dialer
    let tls = PollTLS { _ in }
    var host: HostSettings

    init(most: Int = 10) throws {
      node = try TestNode([KeptConnectionTests.load])
      dialer = Dialer(clock: clock) { _ in }
      dialer.keepConnections()
      dialer.mostKept = most
      host = HostSettings(groups: ["g"], name: "node", address: "127.0.0.1", port: node.port)
    }

    @discardableResult
    func poll(rate: Int = 10, as name: String = "node") async throws -> Poll {
      var host = host
      host.name = name
      let order = PollOrder(host: host, limits: PollLimits(updateRate: rate))
      return try await Poller(order, clock: clock, tls: tls, dialer: dialer).poll()
    }
  }

  @Test func theNextPollBeginsWithTheList() async throws {
    try await onTestLoop {
      let world = try World()
      defer { world.node.close() }
      for _ in 0..<3 { #expect(try await world.poll().services.first?.values.count == 1) }
      #expect(world.node.calls == 1)
      let poll = ["list node", "config load", "fetch load"]
      #expect(world.node.requests == ["cap multigraph dirtyconfig"] + poll + poll + poll)
      // An hour later the name may have another address.
      world.clock.advance(by: .seconds(800))
      try await world.poll()
      for _ in 0..<4 {
        world.clock.advance(by: .seconds(800))
        try await world.poll()
      }
      #expect(world.node.calls == 2)
      // Who is not polled for long holds no connection.
      world.clock.advance(by: .seconds(901))
      try await world.poll()
      #expect(world.node.calls == 3)
    }
  }

  /// What a node has closed meanwhile is made anew in the same poll, and is no failure.
  @Test func aConnectionThatTheNodeHasClosedIsMadeAnew() async throws {
    try await onTestLoop {
      let world = try World()
      defer { world.node.close() }
      try await world.poll()
      world.node.hangUp()
      let poll = try await world.poll()
      #expect(world.node.calls == 2 && poll.trouble == nil && poll.services[0].readTime != nil)
      // It closes at the first request.
      world.node.faults["list node"] = .stalls
      let next = EventLoop.start { try? await world.poll() }
      try await until("the request") {
        world.node.requests.count { $0 == "list node" } == 3
      }
      world.node.faults = [:]
      world.node.hangUp()
      let last = await next.value
      #expect(last != nil && last?.trouble == nil && world.node.calls == 3)
    }
  }

  /// A node that does not answer over the old connection costs a third of the period, not the poll.
  @Test func aConnectionThatTheNetworkHasLostIsMadeAnew() async throws {
    try await onTestLoop {
      let world = try World()
      defer { world.node.close() }
      try await world.poll()
      world.node.faults["list node"] = .stalls
      let next = EventLoop.start { try? await world.poll() }
      try await until("the request") {
        world.node.requests.count { $0 == "list node" } == 2
      }
      world.node.faults = [:]
      world.clock.advance(by: .seconds(4))
      let last = await next.value
      #expect(last != nil && last?.trouble == nil && world.node.calls == 2)
    }
  }

  /// Plain connections only for nodes that are polled often, since each costs munin-node a process.
  @Test(arguments: [(60, true), (61, false), (300, false)])
  func theRateDecides(rate: Int, isKept: Bool) async throws {
    try await onTestLoop {
      let world = try World()
      defer { world.node.close() }
      for _ in 0..<2 { try await world.poll(rate: rate) }
      #expect(world.node.calls == (isKept ? 1 : 2))
      try await until("the farewell") { world.node.requests.contains("quit ") != isKept }
    }
    var host = HostSettings(groups: ["g"], name: "node", address: "127.0.0.1")
    #expect(Dialer.isKept(host, period: rate) == isKept)
    for (mode, secured) in [(TLSSettings.Mode.enabled, true), (.paranoid, true), (.auto, false)] {
      host.tls.mode = mode
      #expect(Dialer.isKept(host, period: rate) == (secured || isKept))
    }
    for (address, isKept) in [("ssh://a/b", true), ("cmd:///b", false), ("unix:///b", false)] {
      host.endpoint = NodeAddress(address)
      #expect(Dialer.isKept(host, period: 10) == isKept)
    }
  }

  /// Where not all can be kept, the same ones are in each round.
  @Test func noMoreAreKeptThanMayBe() async throws {
    try await onTestLoop {
      let world = try World(most: 2)
      defer { world.node.close() }
      for _ in 0..<3 {
        for name in ["a", "b", "c", "d"] { try await world.poll(as: name) }
      }
      #expect(world.node.calls == 2 + 2 * 3)
      #expect(world.node.requests.count { $0 == "quit " } >= 5)
    }
  }

  @Test func otherSettingsNeedAnotherConnection() async throws {
    try await onTestLoop {
      var world = try World()
      defer { world.node.close() }
      try await world.poll()
      world.host.localAddress = "127.0.0.1"
      try await world.poll()
      #expect(world.node.calls == 2)
      try await world.poll()
      #expect(world.node.calls == 2)
    }
  }
}
