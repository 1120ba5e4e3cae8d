import EventLoop
import Incidents
import Limits
import MuninWire
import TestNodes
import Testing
import Text

@testable import Collector

/// Judged fields that a service no longer describes: disks that were unplugged, above all.
@Suite(.timeLimit(.minutes(1))) struct GoneFieldTests {
  private static let conf = Station.admin + "\nhold 1 of 1"
  private static let both = """
    graph_title Disk usage
    root.label /
    root.warning 92
    data.label /data
    data.warning 92
    """
  private static let rest = "graph_title Disk usage\nroot.label /\nroot.warning 92"

  /// Two file systems.
  private static let services: [TestNode.Service] = [
    .init("df", both, "root.value 50\ndata.value 40"),
    .init("rest", "graph_title R\nr.label r", "r.value 1"),
  ]

  /// Runs a test with a node whose services were watched for a day.
  private static func watched(
    _ services: [TestNode.Service] = services,
    _ test: @escaping @LoopActor @Sendable (Station, TestNode) async throws -> Void
  ) async throws {
    try await Station.polling(services, conf: conf) { station, node in
      await station.poll()
      await station.poll(after: 86_400)
      try await test(station, node)
    }
  }

  @LoopActor private static func unplug(_ node: TestNode) {
    node.services[0].config = rest
    node.says("df", "root.value 50")
  }

  @LoopActor private static func plugIn(_ node: TestNode, config: String = both, data: Int = 40) {
    node.services[0].config = config
    node.says("df", "root.value 50\ndata.value \(data)")
  }

  @Test func aDiskThatIsUnpluggedIsOneMailAndOneAtItsReturn() async throws {
    try await Self.watched { station, node in
      Self.unplug(node)
      for _ in 0..<3 { await station.poll() }
      #expect(try await station.subjects() == [])
      for _ in 0..<4 { await station.poll() }
      try await station.restart()
      for _ in 0..<4 { await station.poll() }
      let mails = try await station.mails()
      #expect(mails.map(\.subject) == ["[UNKNOWN] web01 df: /data is gone from the plugin"])
      #expect(mails.first?.body.contains("/data is gone from the plugin") == true)
      Self.plugIn(node)
      for _ in 0..<3 { await station.poll() }
      let all = try await station.subjects()
      #expect(
        all.count == 2 && all.last?.hasPrefix("[RESOLVED after 55 min] web01 df: /data 40") == true,
        "\(all)")
      #expect(station.collector.alerts.machine.open.isEmpty)
    }
  }

  /// From the first poll on: on the page of its graph, in `nodes.json`, by `why` and by `nagios-check`.
  @Test func everyViewOfItsGraphNamesTheField() async throws {
    try await Self.watched { station, node in
      Self.unplug(node)
      let gone = station.clock.epoch + 300
      let words = "the plugin no longer describes it"
      for poll in 1...6 {
        await station.poll()
        if poll == 5 { try await station.restart() }
        let name = NodeName(groups: ["g"], name: "web01")
        let view = try #require(station.collector.node(name))
        #expect(view.level == .unknown, "\(poll)")
        #expect(station.collector.summary(of: name)?.node.level == .unknown, "\(poll)")
        let field = view.graphs.first { $0.graph.name == "df" }?.fields.last
        #expect(field?.name == "data" && field?.level == .unknown && field?.value == nil)
        #expect(field?.fault == words && field?.faultSince == gone, "\(poll)")
        for target in ["g;web01", "g;web01:df", "g;web01:df.data"] {
          let lines = try await WhyReport(
            target, station.collector.settings, ledger: station.ledger, now: station.clock.epoch
          ).lines
          #expect(
            lines.count {
              $0.hasPrefix("df.data: \(words), since \(CalendarTime.local(gone).text)")
            }
              == 1, "\(lines)")
        }
        for (target, answer) in [
          ("g;web01", "WEB01 UNKNOWN - unknown: df.data | "),
          ("g;web01:df", "DF UNKNOWN - data: \(words) | "),
          ("g;web01:df.data", "DF UNKNOWN - data: \(words) | 'data'=U;;;;"),
          ("g;web01:df.root", "DF OK - / 50 | "),
        ] {
          let line = try await NagiosReport(
            target, station.collector.settings, ledger: station.ledger, now: station.clock.epoch
          ).answer.line
          #expect(line.hasPrefix(answer), "\(line)")
        }
      }
      Self.plugIn(node)
      await station.poll()
      let lines = try await WhyReport(
        "g;web01:df", station.collector.settings, ledger: station.ledger, now: station.clock.epoch
      ).lines
      #expect(!lines.contains { $0.contains(words) }, "\(lines)")
      #expect(station.collector.node(NodeName(groups: ["g"], name: "web01"))?.level == .ok)
    }
  }

  /// A contact with a command is told it among the other fields of the graph, in munin's words.
  @Test func aCommandIsToldTheFieldThatIsGone() async throws {
    let scratch = Scratch()
    try await Station.polling(
      Self.services, conf: "contact.cmd.command cat >> \(scratch.path)/told"
    ) { station, node in
      await station.poll()
      await station.poll(after: 86_400)
      Self.unplug(node)
      for _ in 0..<6 { await station.poll() }
      Self.plugIn(node)
      for _ in 0..<2 { await station.poll() }
      let head = "g :: web01 :: Disk usage\n"
      #expect(
        scratch.read("told") == head + "\tUNKNOWNs: /data is unknown.\n\tOKs: / is 50.00.\n\n"
          + head + "\tOKs: /data is 40.00.\n\n")
    }
  }

  /// As from cron: each process polls once.
  @Test func theCountGoesOnOverRestarts() async throws {
    try await Self.watched { station, node in
      Self.unplug(node)
      for _ in 0..<3 {
        await station.poll()
        await station.collector.finish()
        try await station.restart()
      }
      #expect(try await station.subjects() == [])
      await station.poll()
      #expect(try await station.subjects().count == 1)
    }
  }

  /// The whole graph of a disk goes, and its file system in the same poll.
  @Test func allThatGoesWithADiskIsOneMail() async throws {
    let sda = "multigraph io.sda\ngraph_title sda\nwait.label wait\nwait.warning 3"
    let sdb = "multigraph io.sdb\ngraph_title sdb\nwait.label wait\nwait.warning 3"
    let outer = "multigraph io\ngraph_title IO\nall.label all"
    let io = TestNode.Service(
      "io", "\(outer)\n\(sda)\n\(sdb)",
      "multigraph io\nall.value 1\nmultigraph io.sda\nwait.value 1\nmultigraph io.sdb\nwait.value 1"
    )
    try await Self.watched(Self.services + [io]) { station, node in
      Self.unplug(node)
      node.services[2].config = "\(outer)\n\(sda)"
      node.says("io", "multigraph io\nall.value 1\nmultigraph io.sda\nwait.value 1")
      for _ in 0..<5 { await station.poll() }
      try await station.restart()
      for _ in 0..<3 { await station.poll() }
      let mails = try await station.mails()
      #expect(mails.map(\.subject) == ["[UNKNOWN] web01: no value for 2 fields of 2 services"])
      #expect(mails.first?.body.contains("the plugin no longer describes it") == true)
    }
  }

  /// What is there for a session or a backup comes and goes.
  @Test func aFieldThatIsYoungerThanADayGoesWithoutAWord() async throws {
    try await Station.polling(Self.services, conf: Self.conf) { station, node in
      for _ in 0..<4 { await station.poll() }
      Self.unplug(node)
      for _ in 0..<6 { await station.poll() }
      let subjects = try await station.subjects()
      #expect(subjects == [])
    }
  }

  @Test func aFieldThatReturnsWithoutLimitsIsNoLongerWatched() async throws {
    try await Self.watched { station, node in
      Self.unplug(node)
      for _ in 0..<5 { await station.poll() }
      Self.plugIn(node, config: Self.rest + "\ndata.label /data")
      for _ in 0..<2 { await station.poll() }
      let all = try await station.subjects()
      #expect(all.count == 2 && all.last?.hasSuffix("it is no longer watched") == true, "\(all)")
    }
  }

  /// A trouble that the field had goes on in its incident.
  @Test func whatWasCriticalIsNotOverWhenItsDiskIsGone() async throws {
    try await Self.watched { station, node in
      Self.plugIn(node, data: 99)
      await station.poll()
      Self.unplug(node)
      for _ in 0..<6 { await station.poll() }
      let told = try await station.subjects()
      #expect(!told.contains { $0.hasPrefix("[RESOLVED") }, "\(told)")
      #expect(station.collector.alerts.machine.open.map(\.subject) == ["g;web01:df"])
      Self.plugIn(node)
      for _ in 0..<2 { await station.poll() }
      #expect(
        try await station.subjects().last?.hasPrefix("[RESOLVED after 35 min] web01 df") == true)
    }
  }

  @Test func historyForgetEndsIt() async throws {
    try await Self.watched { station, node in
      Self.unplug(node)
      for _ in 0..<5 { await station.poll() }
      await station.collector.finish()
      let directory = station.scratch.path + "/db"
      let plan = try await HistoryForget.plan(
        "g;web01:df.data", ledger: station.ledger, configured: ["g;web01"], directory: directory)
      try await plan.begin(station.ledger)
      _ = try await HistoryWork.resume(station.ledger, station.writer, in: directory)
      try await station.restart()
      for _ in 0..<5 { await station.poll() }
      #expect(station.collector.alerts.machine.open.isEmpty)
      #expect(try await station.subjects().count == 1)
    }
  }
}
