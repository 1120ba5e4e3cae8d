import EventLoop
import Limits
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// What `apus-collector nagios-check` answers.
@Suite(.timeLimit(.minutes(1))) struct NagiosReportTests {
  @LoopActor private static func node() throws -> TestNode {
    try TestNode([
      .init(
        "memory",
        "graph_title Memory\ngraph_args --base 1024\ngraph_vlabel bytes\nfree.label free\nfree.critical 1048576:\nused.label used",
        "free.value 838860\nused.value 5242880"),
      .init(
        "if_eth0",
        "graph_title Traffic\ndown.label down\ndown.type DERIVE\ndown.min 0\ndown.warning 50",
        "down.value 1000"),
      .init("plain", "graph_title P\na.label a", "a.value 7"),
    ])
  }

  @LoopActor private static func answer(
    _ text: String, _ station: Station, after seconds: Int = 0
  ) async throws -> NagiosAnswer {
    try await NagiosReport(
      text, station.collector.settings, ledger: station.ledger, now: station.clock.epoch + seconds
    ).answer
  }

  @Test func aGraphIsToldWithItsWorstFieldAndAllValues() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      let memory = try await Self.answer("g;web01:memory", station)
      #expect(
        memory.line
          == "MEMORY CRITICAL - free 0.8 MiB, limit 1 MiB | 'free'=838860B;;1048576:;; 'used'=5242880B;;;;"
      )
      #expect(memory.exitStatus == 2)
      let field = try await Self.answer("g;web01:memory.used", station)
      #expect(field.line == "MEMORY OK - 1 value, none has a limit | 'used'=5242880B;;;;")
      // In the files as in the journal.
      await station.collector.finish()
      #expect(try await Self.answer("g;web01:memory", station) == memory)
    }
  }

  @Test func ofACounterTheRateIsTold() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "hold 1 of 1")
      await station.poll()
      node.says("if_eth0", "down.value 31000")
      await station.poll()
      let traffic = try await Self.answer("g;web01:if_eth0", station)
      // 30,000 in 300 s.
      #expect(traffic.line == "IF_ETH0 WARNING - down 100, limit 50 | 'down'=100;~:50;;0;")
      #expect(traffic.exitStatus == 1)
      node.says("if_eth0", "down.value 5")
      await station.poll()
      let restarted = try await Self.answer("g;web01:if_eth0", station)
      #expect(restarted.line.hasSuffix("'down'=U;~:50;;0;"), "\(restarted.line)")
    }
  }

  @Test func aNodeAndAGroupAreAsBadAsTheirWorst() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      let one = try await Self.answer("g;web01", station)
      #expect(
        one.line
          == "WEB01 CRITICAL - critical: memory.free | 'critical'=1;;;; 'warning'=0;;;; 'unknown'=0;;;;"
      )
      let group = try await Self.answer("g", station)
      #expect(
        group.line
          == "G CRITICAL - web01: critical: memory.free | 'critical'=1;;;; 'warning'=0;;;; 'unknown'=0;;;;"
      )
      node.says("memory", "free.value 2097152\nused.value 1")
      await station.poll()
      let good = try await Self.answer("g;web01", station)
      #expect(
        good.exitStatus == 0 && good.line.hasPrefix("WEB01 OK - 3 graphs, 2 fields with limits |"))
      #expect(try await Self.answer("g", station).line.hasPrefix("G OK - 1 node |"))
    }
  }

  /// Nobody must take an old level for the present one.
  @Test func valuesOfTheTimeBeforeAreUnknown() async throws {
    try await onTestLoop {
      let node = try Self.node()
      let station = try await Station([("g;web01", node)])
      await station.poll()
      for (target, name) in [("g;web01:plain", "PLAIN"), ("g;web01", "WEB01")] {
        #expect(try await Self.answer(target, station, after: 900).exitStatus != 3, "\(target)")
        let old = try await Self.answer(target, station, after: 1000)
        #expect(old.exitStatus == 3, "\(target)")
        #expect(
          old.line.hasPrefix("\(name) UNKNOWN - no value for 16 min 40 s: no collector is running"),
          "\(old.line)")
      }
      let old = try await Self.answer("g;web01", station, after: 1000)
      #expect(
        old.line.hasSuffix(" | 'critical'=0;;;; 'warning'=0;;;; 'unknown'=1;;;;"), "\(old.line)")
      node.close()
      for _ in 0..<2 { await station.poll() }
      let lost = try await Self.answer("g;web01", station)
      #expect(
        lost.exitStatus == 2 && lost.line.hasPrefix("WEB01 CRITICAL - no answer for "),
        "\(lost.line)")
      #expect(
        lost.line.hasSuffix(" | 'critical'=1;;;; 'warning'=0;;;; 'unknown'=0;;;;"), "\(lost.line)")
      #expect(try await Self.answer("g;web01:plain", station).exitStatus == 3)
    }
  }

  /// Its last value is that of the time before.
  @Test func aPluginThatFailsIsUnknown() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.says("if_eth0", "# Bad exit")
      for _ in 0..<2 { await station.poll() }
      let traffic = try await Self.answer("g;web01:if_eth0", station)
      #expect(traffic.exitStatus == 3, "\(traffic.line)")
      #expect(
        traffic.line.hasPrefix("IF_ETH0 UNKNOWN - no values (plugin failed), for 5 min"),
        "\(traffic.line)")
      let web01 = try await Self.answer("g;web01", station)
      #expect(web01.exitStatus == 2, "memory is critical all the time")
      #expect(
        web01.line.hasPrefix("WEB01 CRITICAL - critical: memory.free; no values of if_eth0 |"),
        "\(web01.line)")
    }
  }

  /// Nested graphs belong to the graph whose name theirs begins with, whatever their plugin is called.
  @Test func aGraphIsAsBadAsTheGraphsBelowIt() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "disks",
          """
          multigraph latency
          graph_title All
          all.label all
          multigraph latency.sda
          graph_title sda
          wait.label wait
          wait.critical 5
          """, "multigraph latency\nall.value 1\nmultigraph latency.sda\nwait.value 9")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      let answer = try await Self.answer("g;web01:latency", station)
      #expect(answer.exitStatus == 2, "\(answer.line)")
      #expect(answer.line.hasPrefix("LATENCY CRITICAL - wait 9, limit 5 |"), "\(answer.line)")
      let nested = try await Self.answer("g;web01:latency.sda", station)
      #expect(nested.line == "LATENCY.SDA CRITICAL - wait 9, limit 5 | 'wait'=9;;~:5;;")
    }
  }

  @Test func aSumOfOtherGraphsIsCheckedToo() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "hold 1 of 1",
        more: """
          [g;Together]
          update no
          added.graph_title Sum
          added.all.sum web01:plain.a web01:plain.a
          added.all.label all
          added.all.warning 5
          """)
      await station.poll()
      let sum = try await Self.answer("g;Together:added", station)
      #expect(sum.line == "ADDED WARNING - all 14, limit 5 | 'all'=14;~:5;;;")
      #expect(try await Self.answer("g;Together:added.all", station) == sum)
      let together = try await Self.answer("g;Together", station)
      #expect(together.line.hasPrefix("TOGETHER WARNING - warning: added.all |"))
      #expect(try await Self.answer("g", station).exitStatus == 2)
      node.says("plain", "a.value 1")
      await station.poll()
      #expect(try await Self.answer("g;Together:added", station).exitStatus == 0)
      #expect(try await Self.answer("g;Together", station).exitStatus == 0)
      await #expect(throws: HistoryError.self) {
        try await Backtest(
          "g;Together:added", .init(), station.collector.settings, ledger: station.ledger,
          since: 0, now: station.clock.epoch)
      }
    }
  }

  @Test func whatDoesNotExistIsNamed() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      for (target, words) in [
        ("g;web09", "no such node"), ("g;web01:none", "has no graph 'none'"),
        ("g;web01:memory.none", "has no field 'none'"), ("x", "no such node"),
      ] {
        do {
          let answer = try await Self.answer(target, station)
          Issue.record("\(target): \(answer.line)")
        } catch {
          #expect("\(error)".contains(words), "\(target): \(error)")
        }
      }
    }
  }
}
