import Limits
import MuninWire
import Testing

private let rules = Rules(thresholds: Thresholds(warning: Bounds(":10")), freshness: 600)

/// Runs cycles of 300 s: a number is a sample of that time, `?` an unknown one, `.` none at all.
private func announced(_ cycles: String, _ rules: Rules) -> String {
  var state = FieldState()
  var now = 1_000_000
  return cycles.split(separator: " ").map { word in
    now += 300
    var change: Change?
    if word != "." {
      let reading = word == "?" ? Reading.unknown : Reading(String(word))!
      change = state.judge(Sample(reading, at: now), now: now, by: rules)
    }
    let later = state.elapse(to: now, by: rules)
    #expect(change == nil || later == nil)
    return (change ?? later)?.to.rawValue ?? "-"
  }.joined(separator: " ")
}

@Test(arguments: [
  // Two cycles the last value is fresh, three are tolerated, the sixth is told.
  ("5 . . . . . . . 5", "- - - - - - unknown - ok"),
  ("5 . . 5 . . . 5", "- - - - - - - -"),
  ("12 . . . . 12", "warning - - - - -"),
  ("5 ? ? ? ? .", "- - - - unknown -"),
  ("5 ? . ? . ?", "- - - - - -"),
])
func silenceIsNoticedLate(cycles: String, changes: String) {
  #expect(announced(cycles, rules) == changes)
}

@Test func sampleTakenAgainHasNoEffect() {
  var state = FieldState()
  let samples = [(300, "5"), (600, "12"), (900, "U"), (1200, "5"), (1500, "U")].map {
    Sample(Reading($0.1)!, at: $0.0)
  }
  let changes = samples.compactMap { state.judge($0, now: 1500, by: rules)?.to }
  #expect(changes == [.warning, .ok])
  let before = state
  for sample in samples { #expect(state.judge(sample, now: 1500, by: rules) == nil) }
  #expect(state == before)
}

@Test func sampleOfTheFutureDeafensNobody() {
  var state = FieldState()
  #expect(state.judge(Sample(Reading("999999999:50")!, at: 300), now: 300, by: rules) == nil)
  #expect(state.judge(Sample(Reading("50")!, at: 600), now: 600, by: rules)?.to == .warning)
}

@Test func clockSetBackDeafensNobody() {
  var state = FieldState()
  #expect(state.judge(Sample(Reading("5")!, at: 900_000), now: 900_000, by: rules) == nil)
  #expect(state.judge(Sample(Reading("50")!, at: 600), now: 600, by: rules)?.to == .warning)
}

@Test func timeOfTheNodeGoesBefore() {
  let sample = Sample(Reading("1700000000:5")!, at: 300)
  #expect(sample.time == 1_700_000_000)
  #expect(sample.reading == Reading("5"))
}
