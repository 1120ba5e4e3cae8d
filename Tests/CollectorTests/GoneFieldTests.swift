import EventLoop
import Incidents
import Limits
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Judged fields that a service no longer describes: disks that were unplugged, above all.
@Suite(.timeLimit(.minutes(1))) struct GoneFieldTests {
  private static let conf = "contact.admin.email admin@example.com\nhold 1 of 1"
  private static let both = """
    graph_title Disk usage
    root.label /
    root.warning 92
    data.label /data
    data.warning 92
    """
  private static let rest = "graph_title Disk usage\nroot.label /\nroot.warning 92"

  /// A node with two file systems, watched for a day.
  @LoopActor
  private static func station(_ node: TestNode) async throws -> Station {
    let station = try await Station([("g;web01", node)], conf: conf)
    await station.poll()
    await station.poll(after: 86_400)
    return station
  }

  @LoopActor private static func node() throws -> TestNode {
    try TestNode([
      .init("df", both, "root.value 50\ndata.value 40"),
      .init("rest", "graph_title R\nr.label r", "r.value 1"),
    ])
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
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
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

  /// A contact with a command is told it among the other fields of the graph, in munin's words.
  @Test func aCommandIsToldTheFieldThatIsGone() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let scratch = Scratch()
      let station = try await Station(
        [("g;web01", node)], conf: "contact.cmd.command cat >> \(scratch.path)/told")
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
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
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
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let sda = "multigraph io.sda\ngraph_title sda\nwait.label wait\nwait.warning 3"
      let sdb = "multigraph io.sdb\ngraph_title sdb\nwait.label wait\nwait.warning 3"
      let outer = "multigraph io\ngraph_title IO\nall.label all"
      node.services.append(
        .init(
          "io", "\(outer)\n\(sda)\n\(sdb)",
          "multigraph io\nall.value 1\nmultigraph io.sda\nwait.value 1\nmultigraph io.sdb\nwait.value 1"
        ))
      let station = try await Self.station(node)
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
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: Self.conf)
      for _ in 0..<4 { await station.poll() }
      Self.unplug(node)
      for _ in 0..<6 { await station.poll() }
      #expect(try await station.subjects() == [])
    }
  }

  @Test func aFieldThatReturnsWithoutLimitsIsNoLongerWatched() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
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
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
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
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
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
