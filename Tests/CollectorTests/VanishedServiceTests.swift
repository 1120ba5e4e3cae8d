import EventLoop
import Incidents
import Limits
import MuninWire
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Services with limits that a node no longer lists: plugins that were taken off it, above all.
@Suite(.timeLimit(.minutes(1))) struct VanishedServiceTests {
  private static let conf = Station.admin + "\nhold 1 of 1"
  private static let rest = TestNode.Service("rest", "graph_title R\nr.label r", "r.value 1")

  private static func services(
    _ load: Int, config: String = "load.critical 10"
  ) -> [TestNode.Service] {
    [
      .init("load", "graph_title Load\nload.label load\n\(config)", "load.value \(load)"), rest,
    ]
  }

  @LoopActor private static func takeOff(_ node: TestNode) {
    node.services.removeAll { $0.name == "load" }
  }

  @LoopActor private static func view(_ station: Station) throws -> NodeView {
    let name = NodeName(groups: ["g"], name: "web01")
    let view = try #require(station.collector.node(name))
    let summary = try #require(station.collector.summary(of: name))
    #expect(summary.node.level == view.level)
    #expect(summary.node.graphs.map(\.level) == view.graphs.map(\.level).filter { $0 > .ok })
    return view
  }

  @LoopActor private static func nagios(_ text: String, _ station: Station) async throws -> String {
    let answer = try await NagiosReport(
      text, station.collector.settings, ledger: station.ledger, now: station.clock.epoch
    ).answer
    return String(answer.line.prefix { $0 != "|" })
  }

  @Test(arguments: [false, true]) func whatWasCriticalIsToldOnceAsNoLongerListed(restarts: Bool)
    async throws
  {
    try await Station.polling(Self.services(12), conf: Self.conf) { station, node in
      await station.poll()
      let services = node.services
      Self.takeOff(node)
      for poll in 1...9 {
        await station.poll()
        if restarts {
          await station.collector.finish()
          try await station.restart()
        }
        let isTold = poll > 3
        #expect(try await station.subjects().count == (isTold ? 2 : 1), "\(poll)")
        let view = try Self.view(station)
        #expect(view.level == (isTold ? .unknown : .critical), "\(poll)")
        #expect(view.shown("load")?.fault == "the node does not list it any more", "\(poll)")
        let line = try await Self.nagios("g;web01", station)
        #expect(
          line
            == (isTold
              ? "WEB01 UNKNOWN - the node no longer lists load "
              : "WEB01 CRITICAL - critical: load.load; the node no longer lists load "),
          "\(poll)")
      }
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] web01 load: load 12, limit 10",
          "[UNKNOWN, was CRITICAL] web01 load: the node no longer lists it",
        ])
      let body = mails.last?.body ?? ""
      #expect(body.contains("the node lists load no longer"), "\(body)")
      #expect(body.contains("in 4 polls in a row since 00:10:00"), "\(body)")
      node.services = services
      node.says("load", "load.value 1")
      for _ in 0..<3 { await station.poll() }
      #expect(
        try await station.subjects().dropFirst(2)
          == ["[RESOLVED] web01 load: load 1, limit 10"])
      #expect(try Self.view(station).level == .ok)
      #expect(try await Self.nagios("g;web01:load", station) == "LOAD OK - load 1 ")
      #expect(await station.collector.archive(of: "g;web01")?.gone.isEmpty == true)
    }
  }

  @Test func whatWasGoodIsNotCalledGoodFromTheFirstPollOn() async throws {
    try await Station.polling(Self.services(1), conf: Self.conf) { station, node in
      await station.poll()
      let services = node.services
      Self.takeOff(node)
      for poll in 1...6 {
        await station.poll()
        let view = try Self.view(station)
        #expect(view.level == .unknown && view.shown("load")?.fields.first?.value == nil, "\(poll)")
        #expect(
          try await Self.nagios("g;web01", station)
            == "WEB01 UNKNOWN - the node no longer lists load ")
        for target in ["g;web01:load", "g;web01:load.load"] {
          #expect(
            try await Self.nagios(target, station).hasPrefix(
              "LOAD UNKNOWN - the node has not listed it for "))
        }
      }
      node.services = services
      await station.poll()
      #expect(try Self.view(station).level == .ok)
      #expect(try await Self.nagios("g;web01", station).hasPrefix("WEB01 OK"))
      #expect(
        try await station.subjects().map { String($0.prefix(9)) } == ["[UNKNOWN]", "[RESOLVED"])
    }
  }

  /// Its values are no more unknown than those of a service that never had limits.
  @Test func oneWithoutLimitsIsNoTrouble() async throws {
    try await Station.polling(Self.services(1, config: ""), conf: Self.conf) { station, node in
      await station.poll()
      Self.takeOff(node)
      for _ in 0..<6 {
        await station.poll()
        let view = try Self.view(station)
        #expect(view.level == .ok)
        #expect(try await Self.nagios("g;web01", station).hasPrefix("WEB01 OK"))
        #expect(
          try await Self.nagios("g;web01:load", station).hasPrefix(
            "LOAD UNKNOWN - the node has not listed it for "))
      }
    }
  }

  /// The one way to say that the plugin was taken off on purpose.
  @Test func itEndsWhenItsHistoryIsForgotten() async throws {
    try await Station.polling(Self.services(12), conf: Self.conf) { station, node in
      await station.poll()
      Self.takeOff(node)
      for _ in 0..<5 { await station.poll() }
      await station.collector.finish()
      let directory = station.scratch.path + "/db"
      let plan = try await HistoryForget.plan(
        "g;web01:load", ledger: station.ledger, configured: ["g;web01"], directory: directory)
      try await plan.begin(station.ledger)
      _ = try await HistoryWork.resume(station.ledger, station.writer, in: directory)
      try await station.restart()
      for _ in 0..<5 { await station.poll() }
      #expect(station.collector.alerts.machine.open.isEmpty)
      #expect(try Self.view(station).level == .ok)
      let all = try await station.subjects()
      #expect(
        all.count == 3 && all.last?.hasPrefix("[RESOLVED") == true
          && all.last?.hasSuffix(" web01 load: it is no longer watched") == true, "\(all)")
    }
  }

  @Test func itEndsWhenItsLimitsAreTakenAway() async throws {
    try await Station.polling(
      Self.services(12, config: ""), conf: Self.conf, more: "load.load.critical 10\n"
    ) { station, node in
      await station.poll()
      Self.takeOff(node)
      for _ in 0..<5 { await station.poll() }
      try await station.reload(
        [("g;web01", node)], conf: "dbdir \(station.scratch.path)/db\n\(Self.conf)\n")
      for _ in 0..<2 { await station.poll() }
      #expect(station.collector.alerts.machine.open.isEmpty)
      #expect(try await station.subjects().count == 3)
      #expect(try Self.view(station).shown("load") == nil)
    }
  }
}

extension NodeView {
  fileprivate func shown(_ name: String) -> GraphView? { graphs.first { $0.graph.name == name } }
}
