import Testing

@testable import Polling

@Suite struct ScheduleTests {
  /// Over restarts, releases and machines: a node that moved in its period would get a gap or a double.
  @Test func aNodeKeepsItsPlace() {
    #expect(Schedule(node: "", period: 300).offset == 151302)
    #expect(
      Schedule(node: "example.com;web01", period: 300).offset == Self.reference("example.com;web01")
    )
  }

  /// FNV-1a in the words of its definition.
  private static func reference(_ text: String) -> Int {
    var hash: UInt64 = 2_166_136_261
    for byte in text.utf8 {
      hash ^= UInt64(byte)
      hash = hash * 16_777_619 % 4_294_967_296
    }
    return Int(hash * 300_000 / 4_294_967_296)
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
}
