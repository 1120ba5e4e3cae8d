import EventLoop
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// A node whose replies change in each poll does not fill the log.
@Suite(.timeLimit(.minutes(1))) struct NodeLogLimitTests {
  @Test func firstPollsAreWrittenAndTheRestIsCounted() {
    var limit = NodeLogLimit()
    let now = 1_700_000_000
    // Five lines in each poll, every ten seconds, for an hour.
    let admitted = (0..<360).map { poll in
      (0..<5).count { _ in limit.admits(poll: UInt32(poll), now: now + poll * 10) }
    }
    #expect(admitted.prefix(4) == [5, 5, 5, 0] && admitted.reduce(0, +) == 15)
    let counts = [3599, 3600].map { limit.takeLeftOut(now: now + $0) }
    #expect(counts == [nil, 357 * 5])
    // It goes on: nothing more for the next hour but its count.
    let isAdmitted = limit.admits(poll: 361, now: now + 3610)
    let next = limit.takeLeftOut(now: now + 7200)
    #expect(!isAdmitted && next == 1)
    // Two hours later it is a node as any other.
    let isLater = limit.admits(poll: 500, now: now + 14_400)
    #expect(isLater && limit.leftOut == 0)
  }

  /// The first poll of a node may bring a finding of each of its graphs, and 10,000 are no log.
  @Test func onePollHasManyLinesAndNotAny() {
    var limit = NodeLogLimit()
    #expect(
      (0..<10_000).count { _ in limit.admits(poll: 1, now: 1_700_000_000) } == NodeLogLimit.lines)
  }

  @Test func aNodeThatChangesInEachPollIsToldOnceAndCounted() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label l", "load.value 1")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      for poll in 0..<400 {
        node.services[0] = .init(
          "load", "graph_title L\nload.label l\nload.warning \(poll):x", "load.value 1")
        await station.poll(after: 10)
      }
      let lines = station.logged.filter { $0.hasPrefix("g;web01: ") }
      #expect(lines.count == 5, "\(lines)")
      #expect(
        lines.dropFirst(3).map { $0.prefix { $0 != "(" } } == [
          "g;web01: its replies change in each poll: further lines about them are left out and counted ",
          "g;web01: 358 lines left out since the last count: its replies change in each poll",
        ], "\(lines)")
    }
  }
}
