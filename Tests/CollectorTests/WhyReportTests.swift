import EventLoop
import Foundation
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// What `apus-collector why` says.
@Suite(.timeLimit(.minutes(1))) struct WhyReportTests {
  @LoopActor private static func node() throws -> TestNode {
    try TestNode([
      .init(
        "load",
        "graph_title Load\nload.label load\nload.critical 5\nplain.label p\nhidden.label h\nhidden.graph no",
        "load.value 7\nplain.value U\nhidden.value 1"),
      .init("quiet", "graph_title Q\nq.label q\nq.graph no", "q.value 1"),
    ])
  }

  @LoopActor private static func lines(_ text: String, _ station: Station) async throws -> [String]
  {
    try await WhyReport(
      text, station.collector.settings, ledger: station.ledger, now: station.clock.epoch
    ).lines
  }

  @LoopActor private static func station(
    _ node: TestNode, conf: String = "", more: String = ""
  ) async throws -> Station {
    let station = try await Station([("g;web01", node)], conf: conf, more: more)
    await station.poll()
    await station.collector.finish()
    return station
  }

  @Test func aFieldIsToldWithValueLimitLevelAndContact() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(
        node, conf: "contact.admin.email a@example.com\nhold 1 of 1", more: "load.load.warning 3\n")
      let text = try await Self.lines("g;web01:load.load", station).joined(separator: "\n")
      let lines = text.split(separator: "\n")
      #expect(
        lines.first?.hasPrefix(
          "g;web01: is polled every 5 min at 127.0.0.1:\(node.port) (munin.conf:")
          == true, "\(text)")
      #expect(text.contains("No collector is running in "), "\(text)")
      #expect(text.contains("load: \"Load\", from service load, known since "), "\(text)")
      #expect(text.contains("\nload.load: last value 7 at "), "\(text)")
      #expect(text.contains(", in \(station.file("g/web01-load-load-g.rrd"))."), "\(text)")
      #expect(
        text.contains(
          "load.load: warning outside :3 (munin.conf:7), critical outside :5 (from the plugin)."),
        "\(text)")
      #expect(text.contains("load.load: is critical since "), "\(text)")
      #expect(text.contains("its last change was from ok to critical, at "), "\(text)")
      #expect(text.contains("Messages about it go to admin."), "\(text)")
      #expect(text.contains("1 message to admin not delivered yet, the oldest of "), "\(text)")
    }
  }

  @Test(arguments: [
    ("g;web01:load.plain", "load.plain: the last value, at ", "is unknown: the plugin gave U"),
    ("g;web01:load.plain", "load.plain: no message: it has no warning and no critical", ""),
    ("g;web01:load", "No message: munin.conf has no contact", ""),
    ("g;web01:quiet", "No graph: every field of it is hidden", ""),
    ("g;web01:load.other", "load has no field other; it has load; plain; hidden.", ""),
    ("g;web01:none", "none: no graph: the node has none of this name; it has load; quiet.", ""),
    ("g;web01", "It has 2 graphs with 4 fields: load; quiet.", ""),
    ("g;web01", "load.load is critical since ", ""),
  ])
  func reasonsAreGiven(target: String, sentence: String, end: String) async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      let lines = try await Self.lines(target, station)
      #expect(
        lines.contains { $0.contains(sentence) && (end.isEmpty || $0.contains(end)) },
        "\(lines.joined(separator: "\n"))")
    }
  }

  @Test func valuesInTheJournalAndMissingFilesAreTold() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      await station.collector.finish()
      // A field whose file is gone, and one whose file is damaged.
      station.scratch.remove("db/g/web01-load-load-g.rrd")
      station.scratch.write("damaged", to: "db/g/web01-load-plain-g.rrd")
      let lines = try await Self.lines("g;web01:load", station)
      #expect(
        lines.contains(
          "load.load: no value has come yet: there is no file \(station.file("g/web01-load-load-g.rrd"))."
        ), "\(lines)")
      #expect(
        lines.contains {
          $0.hasPrefix(
            "load.plain: no graph: \(station.file("g/web01-load-plain-g.rrd")): ")
        }, "\(lines)")
    }
  }

  /// What keeps values from the file is seen in the file system; what waits in the journal for too long is told with its time.
  @Test func storageFaultsAreTold() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      let well = try await Self.lines("g;web01:load.load", station)
      #expect(
        !well.contains { $0.contains("cannot be written") || $0.contains("wait in the journal") })
      // Nobody writes the files from here on.
      station.clock.advance(by: .seconds(300))
      await station.collector.visit(station.collector.nodes[0])
      station.clock.advance(by: .seconds(7300))
      let waiting = try await Self.lines("g;web01:load.load", station)
      #expect(
        waiting.contains {
          $0.hasPrefix("load.load: values of the node wait in the journal since ")
        },
        "\(waiting)")
    }
  }

  @Test func whatStandsInTheWayOfAFileIsNamed() {
    let scratch = Scratch()
    scratch.makeFolder("db/g")
    let db = scratch.path + "/db"
    #expect(WriteObstacle.find("\(db)/g/a.rrd", in: db) == nil)
    #expect(WriteObstacle.find("\(db)/h/i/a.rrd", in: db) == nil)
    scratch.write("x", to: "db/file")
    // A file where a folder is needed, and a file that not even root can write.
    #expect(WriteObstacle.find("\(db)/file/a.rrd", in: db) == "\(db)/file: Permission denied")
    let closed = "/proc/sys/kernel/ostype"
    #expect(WriteObstacle.find(closed, in: db) == "\(closed): Permission denied")
  }

  /// Messages to the same contact about other nodes say nothing about this one.
  @Test func onlyMessagesAboutTheNodeAreTold() async throws {
    try await onTestLoop {
      let (node, other) = (try Self.node(), try Self.node())
      defer { node.close() }
      defer { other.close() }
      other.says("load", "load.value 1")
      let station = try await Station(
        [("g;web01", node), ("g;web02", other)],
        conf: "contact.admin.email a@example.com\ncontact.all.command false")
      await station.poll()
      await station.collector.finish()
      let one = try await Self.lines("g;web01", station).joined(separator: "\n")
      #expect(one.contains("1 message to admin not delivered yet"), "\(one)")
      #expect(one.contains("1 message to all not delivered yet"), "\(one)")
      let two = try await Self.lines("g;web02", station).joined(separator: "\n")
      #expect(
        !two.contains("not delivered yet") && two.contains("Messages about it go to admin, all"),
        "\(two)")
    }
  }

  /// What keeps trouble from being told, and who looks at it.
  @Test func silencesPlannedWorkAndAcknowledgementsAreTold() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "contact.admin.email a@example.com\ntimezone UTC",
        more: "load.maintenance Mon-Sun 00:00-24:00\n")
      await station.poll()
      let now = station.clock.epoch
      let orders = AlertOrders(station.ledger, now: now)
      let quiet = try await Self.lines("g;web01:load", station)
      #expect(
        quiet.contains { $0.hasPrefix("Incident 1 is open, critical since ") }
          && quiet.contains { $0.hasSuffix(": g;web01:load: load.load 7.") }, "\(quiet)")
      #expect(quiet.contains { $0.hasPrefix("Planned work") && $0.contains("(munin.conf:") })
      #expect(!quiet.contains { $0.contains("acknowledged") || $0.contains("silenced") })
      _ = try await orders.acknowledge(1, who: "ada", why: "new disk")
      for (target, who) in [
        ("g", "bob"), ("g;web01:load.load", "eve"), ("g;web01:quiet", "tom"), ("h", "kim"),
      ] {
        _ = try await orders.silence(target, for: 7200, who: who, why: "w")
      }
      try await station.restart()
      func contains(_ target: String, _ words: String) async throws -> Bool {
        try await Self.lines(target, station).contains { $0.contains(words) }
      }
      for target in ["g;web01", "g;web01:load", "g;web01:load.load", "g;web01:load.plain"] {
        #expect(
          try await contains(target, "Incident 1: acknowledged by ada at "), "\(target)")
        #expect(try await contains(target, " (new disk): no reminders and no escalation"))
        #expect(try await contains(target, "g: silenced until "), "\(target)")
        let isField = target != "g;web01:load.plain"
        #expect(
          try await contains(target, "g;web01:load.load: silenced until ") == isField, "\(target)")
        #expect(
          try await contains(target, "g;web01:quiet: silenced until ") == (target == "g;web01"))
        #expect(try await !contains(target, "by kim"))
      }
      #expect(try await contains("g;web01:load", " (in 2 h) by bob (w): its trouble is logged"))
      #expect(try await !contains("g;web01:quiet", "Incident 1"))
      #expect(try await !contains("g;web01", "Planned work"))
    }
  }

  @Test func aDeadNodeAndOneThatIsNotPolledAreTold() async throws {
    try await onTestLoop {
      let node = try Self.node()
      let station = try await Self.station(
        node,
        more: "[g;never]\naddress 127.0.0.1\nport 1\n"
          + "[g;virtual]\nupdate no\nall.both.sum web01:load.load never:load.load\n")
      node.close()
      for _ in 0..<5 { await station.poll() }
      let dead = try await Self.lines("g;web01", station).joined(separator: "\n")
      #expect(dead.contains("It does not answer since "), "\(dead)")
      #expect(dead.contains(", in 5 polls: "), "\(dead)")
      #expect(dead.contains("It is part of an open incident"), "\(dead)")
      #expect(dead.contains("Its last answer came at "), "\(dead)")
      let virtual = try await Self.lines("g;virtual", station)
      #expect(virtual.first?.contains("is not polled: it has no address, or update is no") == true)
      let sum = try await Self.lines("g;virtual:all", station).joined(separator: "\n")
      #expect(sum.contains("all: munin.conf makes this graph of fields of other graphs"), "\(sum)")
      #expect(sum.contains("all.both: without never:load.load: "), "\(sum)")
      let never = try await Self.lines("g;never:load", station)
      #expect(
        never.contains("load: no graph: no service of this node is known."), "\(never)")
    }
  }

  /// Of a sum: its members, which of them are missing, its value, its limits and its level.
  @Test func aSumIsToldWithItsMembers() async throws {
    try await onTestLoop {
      let (node, other) = (try Self.node(), try Self.node())
      defer { node.close() }
      defer { other.close() }
      let station = try await Station(
        [("g;web01", node), ("g;web02", other)], conf: "hold 1 of 1",
        more: """
          [g;virtual]
          update no
          all.both.sum web01:load.load web02:load.load web03:load.load
          all.both.critical 10
          all.both.cdef both,2,*
          twice.total.sum virtual:all.both web01:load.load
          """)
      for _ in 0..<2 { await station.poll() }
      await station.collector.finish()
      let sum = try await Self.lines("g;virtual:all", station).joined(separator: "\n")
      for sentence in [
        "all.both: sum of web01:load.load; web02:load.load.\n",
        "all.both: without web03:load.load: not found.\n", "all.both: g;web01:load.load: 7, 20",
        "all.both: g;web02:load.load: 7, 20", "all.both: last value 28, made of these.\n",
        "all.both: critical outside :10 (munin.conf:", "all.both: is critical since ",
      ] {
        #expect(sum.contains(sentence), "\(sentence)\n\(sum)")
      }
      let twice = try await Self.lines("g;virtual:twice.total", station).joined(separator: "\n")
      #expect(twice.contains("twice.total: last value 21, made of these."), "\(twice)")
      #expect(
        twice.contains("twice.total: no message: it has no warning and no critical"), "\(twice)")
      let none = try await Self.lines("g;virtual:all.none", station)
      #expect(none.contains("all has no field none; it has both."), "\(none)")
      // What is too old makes no sum.
      station.clock.advance(by: .seconds(7200))
      let old = try await Self.lines("g;virtual:all.both", station).joined(separator: "\n")
      #expect(old.contains("all.both: no value: no member has a recent one."), "\(old)")
    }
  }

  @Test func whatTheNodeNoLongerHasIsToldWithItsTime() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      node.services.removeLast()
      for _ in 0..<5 { await station.poll() }
      let lines = try await Self.lines("g;web01:quiet", station)
      #expect(
        lines.contains { $0.hasPrefix("quiet: no graph: the node no longer lists quiet, since ") },
        "\(lines)")
      // A node that munin.conf has no more.
      try await station.reload([])
      let gone = try await Self.lines("g;web01", station)
      #expect(gone.first?.hasPrefix("g;web01: munin.conf has no such node: ") == true)
    }
  }

  @Test(arguments: [
    ("g;web09", "no such node in munin.conf or in the ledger"), ("g", "is a group: expected one"),
    ("x", "no such node"), ("g;web01:a b", "invalid service name"),
  ])
  func whatIsNoTargetIsRefused(text: String, reason: String) async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Self.station(node)
      let error = await #expect(throws: HistoryError.self) {
        _ = try await Self.lines(text, station)
      }
      #expect(error?.description.contains(reason) == true, "\(error as Any)")
    }
  }
}
