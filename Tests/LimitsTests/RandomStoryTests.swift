import Limits
import MuninWire
import TestSupport
import Testing

@Test(arguments: 1...20)
func changesFormAChain(seed: UInt64) {
  var random = Noise(seed)
  var state = FieldState()
  let words = ["U", "5", "15", "25", "1e308", "-1e308", "18446744073709551615", "0"]
  for _ in 0..<2_000 {
    let before = state
    let rules = Rules(
      type: FieldType.allCases.randomElement(using: &random)!,
      thresholds: Thresholds(
        warning: Bounds(max: 10), critical: Bounds(max: 20),
        unknownLimit: UnknownLimit(Int.random(in: 0...3, using: &random))))
    let now = Int.random(in: 0...100_000, using: &random)
    let time = Int.random(in: 0...100_000, using: &random)
    let change =
      Bool.random(using: &random)
      ? state.elapse(to: now, by: rules)
      : state.judge(
        Sample(Reading(words.randomElement(using: &random)!)!, at: time), now: now, by: rules)
    #expect(state.missed <= 3)
    if let change {
      #expect(change.from == before.level)
      #expect(change.to == state.level)
      #expect(change.from != change.to)
      #expect(change.since == before.since ?? change.at)
      #expect(state.since == change.at)
    } else {
      #expect(state.level == before.level)
      #expect(state.since == before.since || before.since == nil)
    }
  }
}
