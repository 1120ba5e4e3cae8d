import Limits
import Testing

@testable import Recording

@Suite struct WriteBehindTests {
  private func row(_ node: UInt32, _ number: Int) -> JournalRow {
    JournalRow(
      number: number, node: NodeNumber(node), time: number,
      values: [SeriesValue(series: SeriesNumber(1), time: number, text: "1")])
  }

  private let twelve = WriteBehind.Rule(polls: 12, age: 3600)

  @Test func twelvePollsAreWrittenTogether() {
    var behind = WriteBehind(twelve)
    behind.add(row(11, 0), now: 0)
    #expect(behind.due(now: 0) == [NodeNumber(11)])
    _ = behind.take(NodeNumber(11))
    // The node whose second time is a whole dozen too.
    for number in 1...11 { behind.add(row(11, number), now: number) }
    #expect(behind.due(now: 11) == [])
    behind.add(row(11, 12), now: 12)
    #expect(behind.due(now: 12) == [NodeNumber(11)])
    #expect(behind.take(NodeNumber(11)).map(\.number) == Array(1...12))
    #expect(behind.isEmpty && behind.byteCount == 0 && behind.rowCount == 0)
  }

  @Test func whatIsOldIsWrittenHoweverFewItIs() {
    var behind = WriteBehind(twelve)
    behind.add(row(11, 0), now: 0)
    _ = behind.take(NodeNumber(11))
    behind.add(row(11, 1), now: 100)
    #expect(behind.due(now: 3699) == [])
    #expect(behind.due(now: 3700) == [NodeNumber(11)])
    #expect(behind.oldest == 100)
  }

  /// 600 nodes that begin at the same time: after the first, in each period a twelfth of them is written.
  @Test func theNodesOfAFleetTakeTurns() {
    var behind = WriteBehind(twelve)
    var written: [Int] = []
    for poll in 1...36 {
      for node in 0..<UInt32(600) { behind.add(row(node, poll), now: poll * 60) }
      let due = behind.due(now: poll * 60)
      written.append(due.count)
      for node in due { _ = behind.take(node) }
    }
    #expect(written == [600] + [Int](repeating: 50, count: 35))
  }

  /// A process for each poll, 300 s apart: the first makes all files; from then on, in each poll a twelfth of the fleet is
  /// written, with the values of an hour. Those whose turn would be right after the first wait five minutes longer.
  @Test func processesOfOnePollTakeTurns() {
    var left: [JournalRow] = []
    var written: [Int] = []
    var most = 0
    for poll in 0..<36 {
      let now = 1_700_000_000 + poll * 300
      // Whether values are kept is known after the start.
      var behind = WriteBehind(twelve)
      for row in left { behind.restore(row, now: now) }
      behind.rule.isKept = true
      for node in 0..<UInt32(600) {
        if poll == 0 { behind.expectFile(of: NodeNumber(node)) }
        behind.add(
          JournalRow(number: poll, node: NodeNumber(node), time: now, values: []), now: now)
      }
      let due = behind.due(now: now)
      written.append(due.count)
      for node in due { most = max(most, behind.take(node).count) }
      left = behind.all.flatMap { behind.take($0) }
    }
    #expect(written == [600, 0] + [Int](repeating: 50, count: 34))
    #expect(most == 13)
  }

  /// Polls each minute: thirteen are enough, and no value waits for more than an hour.
  @Test func keptRowsAreWrittenByTheDozen() {
    var behind = WriteBehind(WriteBehind.Rule(polls: 12, age: 3600, isKept: true))
    let begin = 1_700_000_000
    var sizes: [Int] = []
    for poll in 0..<120 {
      let now = begin + poll * 60
      behind.restore(
        JournalRow(number: poll, node: NodeNumber(3), time: now, values: []), now: now)
      if !behind.due(now: now).isEmpty { sizes.append(behind.take(NodeNumber(3)).count) }
    }
    #expect(sizes.allSatisfy { (1...13).contains($0) } && sizes.filter { $0 == 13 }.count >= 7)
  }

  /// What a former run has left is due at once, also beside what comes meanwhile; a damaged row may name any time.
  @Test func restoredRowsAreDueAtOnce() {
    for time in [Int.min, -5, 0, 90, 100, 101, .max] {
      var behind = WriteBehind(twelve)
      let row = JournalRow(number: 1, node: NodeNumber(11), time: time, values: [])
      behind.restore(row, now: 100)
      behind.restore(row, now: 100)
      #expect(behind.oldest == min(max(0, time), 100))
      #expect(behind.due(now: 100) == [NodeNumber(11)])
      behind.add(self.row(11, 2), now: 100)
      #expect(behind.due(now: 100) == [NodeNumber(11)])
      #expect(behind.take(NodeNumber(11)).count == 3)
    }
  }

  @Test func directMeansAtOnce() {
    var behind = WriteBehind(.direct)
    behind.add(row(5, 1), now: 1)
    #expect(behind.due(now: 1) == [NodeNumber(5)])
  }

  @Test func memoryIsBounded() {
    var behind = WriteBehind(twelve)
    for node in [11, 23] as [UInt32] {
      behind.add(row(node, 0), now: 0)
      _ = behind.take(NodeNumber(node))
    }
    behind.add(row(11, 1), now: 2)
    behind.add(row(23, 2), now: 1)
    #expect(behind.due(now: 3) == [])
    #expect(behind.due(now: 3, limit: behind.byteCount - 1) == [NodeNumber(23), NodeNumber(11)])
  }

  /// A disk that is full for hours is not tried at each turn, and what came meanwhile follows what came before.
  @Test func whatCouldNotBeWrittenWaitsLongerEachTime() {
    var behind = WriteBehind(.direct)
    let node = NodeNumber(5)
    behind.add(row(5, 1), now: 0)
    var now = 0
    var waits: [Int] = []
    for _ in 0..<9 {
      let failures = behind.failures(of: node)
      let rows = behind.take(node)
      behind.add(row(5, now + 2), now: now)
      behind.giveBack(rows, of: node, failures: failures, now: now)
      let wait = (1...1000).first { behind.due(now: now + $0) == [node] } ?? -1
      waits.append(wait)
      now += wait
    }
    #expect(waits == [10, 20, 40, 80, 160, 320, 600, 600, 600])
    let numbers = behind.take(node).map(\.number)
    #expect(numbers == numbers.sorted() && numbers.count == 10)
  }
}
