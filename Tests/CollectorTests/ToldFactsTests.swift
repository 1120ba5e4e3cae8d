import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// `apus-collector poll` from cron: each run is a process, and each line of its log a mail.
@Suite(.timeLimit(.minutes(1))) struct ToldFactsTests {
  @Test func whatTheRunBeforeHasToldIsNotToldAgain() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init("load", "graph_title L\nload.label load\nload.warning nan", "load.value 1")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      let first = station.logged
      #expect(first.contains { $0.hasPrefix("g;web01: ") && $0.contains("nan") }, "\(first)")
      for _ in 1...2 {
        try await station.restart()
        await station.poll()
      }
      #expect(station.logged == first)
      node.describes("load", "graph_title L\nload.label load\nload.warning 5")
      try await station.restart()
      await station.poll()
      #expect(station.logged.dropFirst(first.count).count { $0.contains("resolved") } == 1)
      // With --verbose all is told.
      node.describes("load", "graph_title L\nload.label load\nload.warning nan")
      for _ in 1...2 {
        let count = station.logged.count
        try await station.restart()
        station.collector.repeatsTroubles = true
        await station.poll()
        #expect(station.logged.dropFirst(count).contains { $0.contains("nan") })
      }
    }
  }
}
