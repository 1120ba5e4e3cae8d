import Testing

@testable import Polling

@Suite struct ScheduleTests {
  /// Over restarts, releases and machines: a node that moved in its period would get a gap or a double.
  @Test func aNodeKeepsItsPlace() {
    #expect(Schedule(node: "", period: 300).offset == Self.reference(""))
    #expect(
      Schedule(node: "example.com;web01", period: 300).offset == Self.reference("example.com;web01")
    )
  }

  /// FNV-1a in the words of its definition, and the end of MurmurHash3; a place for each tenth of a second.
  private static func reference(_ text: String) -> Int {
    var hash: UInt64 = 2_166_136_261
    for byte in text.utf8 {
      hash ^= UInt64(byte)
      hash = hash * 16_777_619 % 4_294_967_296
    }
    for (shift, factor) in [(16, 2_246_822_507), (13, 3_266_489_909), (16, 1)] as [(Int, UInt64)] {
      hash = (hash ^ hash >> shift) * factor % 4_294_967_296
    }
    return Int(hash * 3000 / 4_294_967_296) * 100
  }

  @Test func manyNodesAreSpreadEvenly() {
    var perTenth = [Int](repeating: 0, count: 10)
    for group in 0..<20 {
      for node in 0..<100 {
        let schedule = Schedule(node: "group\(group);node\(node).example.com", period: 300)
        #expect((0..<300_000).contains(schedule.offset))
        perTenth[schedule.offset / 30_000] += 1
      }
    }
    #expect(perTenth.allSatisfy { (150...250).contains($0) }, "\(perTenth)")
  }

  @Test(arguments: [1, 10, 300, 86_400]) func theNextTurnIsWithinAPeriod(period: Int) {
    let schedule = Schedule(node: "example.com;web01", period: period)
    for moment in stride(from: 0, to: period * 1000, by: max(1, period)) {
      let wait = schedule.wait(
        seconds: 1_700_000_000 / period * period + moment / 1000,
        nanoseconds: moment % 1000 * 1_000_000)
      #expect(wait > 0 && wait <= period * 1000)
      #expect((moment + wait) % (period * 1000) == schedule.offset)
    }
  }

  /// Whatever scheme the names follow, the busiest 10 s of a period carry little more than the mean.
  @Test(arguments: [60, 300])
  func tenThousandNodesAreAFlatLoad(period: Int) {
    let schemes: [(Int) -> String] = [
      { "g;node\($0)" }, { "example.com;web\($0).example.com" },
      { "g;10.0.\($0 / 250).\($0 % 250)" }, { "dc\($0 % 4);r\($0 / 4 % 50)n\($0 / 200)" },
      { "\($0)" },
    ]
    for scheme in schemes {
      let offsets = (0..<10_000).map { Schedule(node: scheme($0), period: period).offset }.sorted()
      let turns = offsets + offsets.map { $0 + period * 1000 }
      var (most, end) = (0, 0)
      for begin in offsets.indices {
        while turns[end] - turns[begin] < 10_000 { end += 1 }
        most = max(most, end - begin)
      }
      #expect(Double(most) <= 1.5 * 10_000 * 10 / Double(period), "\(scheme(7)): \(most)")
    }
  }

  /// A clock that is set back a little would reach the offset twice.
  @Test func aClockThatIsSetBackBringsNoSecondPoll() {
    let schedule = Schedule(node: "example.com;web01", period: 300)
    let (seconds, rest) = (schedule.offset / 1000, schedule.offset % 1000 * 1_000_000)
    let wait = schedule.wait(seconds: seconds + 299, nanoseconds: rest, sinceLast: 100)
    #expect(wait == 301_000)
    #expect(schedule.wait(seconds: seconds + 1, nanoseconds: rest, sinceLast: 1000) == 299_000)
    #expect(schedule.wait(seconds: seconds + 299, nanoseconds: rest, sinceLast: 299_000) == 1000)
  }

  /// A node that hangs fails after a third of its period; the second failure ends two periods after the last good poll.
  @Test(arguments: [
    // It took a third, at most: (the regular wait, how long it took, the wait).
    (200_000, 100_000, 100_000), (200_000, 20, 199_980), (200_000, -5, 200_000),
    // There is no time left to begin earlier.
    (30_000, 270_000, 30_000),
  ])
  func afterAFirstFailureTheNextPollBeginsEarlier(regular: Int, took: Int, wait: Int) {
    #expect(Schedule(node: "a", period: 300).wait(regular, afterFailureOf: took) == wait)
  }

  @Test func missedPollsAreCounted() {
    let schedule = Schedule(node: "a", period: 10)
    #expect([0, 9_999, 10_000, 25_000, -5].map(schedule.missed) == [0, 0, 1, 2, 0])
  }
}
