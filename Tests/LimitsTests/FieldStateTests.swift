import Limits
import MuninWire
import Testing

private let thresholds = Thresholds(
  warning: Bounds("2:10"), critical: Bounds("1:20"), unknownLimit: 3)

/// What a state announces for each of some values (`?` unknown), `-` for nothing.
private func announced(_ values: String, _ thresholds: Thresholds) -> String {
  var state = FieldState()
  var time = 0
  return values.split(separator: " ").map { value in
    time += 300
    return state.observe(Double(value), at: time, against: thresholds)?.to.rawValue ?? "-"
  }.joined(separator: " ")
}

@Test(arguments: [
  ("5 5 5", "- - -"),
  ("5 12 12 5", "- warning - ok"),
  ("5 25 12 5", "- critical warning ok"),
  ("25 5", "critical ok"),
  ("5 1.5 0.5", "- warning critical"),
  ("10 10.001 20 20.001", "- warning - critical"),
  ("5 ? ? ? ? 5", "- - - - unknown ok"),
  ("? ? ? ? ? 5", "- - - unknown - ok"),
  ("12 ? ? ? 12", "warning - - - -"),
  ("12 ? ? ? ? 12", "warning - - - unknown warning"),
  ("5 ? ? ? 5 ? ? ? ? ?", "- - - - - - - - unknown -"),
])
func announcesEachChangeOnce(values: String, changes: String) {
  #expect(announced(values, thresholds) == changes)
}

@Test(arguments: [(0, "- unknown - - ok"), (1, "- - unknown - ok"), (2, "- - - unknown ok")])
func toleratesSoManyUnknowns(limit: Int, changes: String) {
  var thresholds = thresholds
  thresholds.unknownLimit = UnknownLimit(limit)
  #expect(announced("5 ? ? ? 5", thresholds) == changes)
}

@Test func smallValuesAreNotRoundedAway() {
  #expect(announced("0.004", Thresholds(warning: Bounds("0:0"))) == "warning")
}

@Test func removedThresholdsEndAnAlert() {
  var state = FieldState()
  _ = state.observe(25, at: 300, against: thresholds)
  let change = state.observe(25, at: 600, against: Thresholds())
  #expect(change?.to == .ok)
}

@Test func changeSaysSinceWhenAndWhy() {
  var state = FieldState()
  #expect(state.observe(5, at: 300, against: thresholds) == nil)
  #expect(state.observe(5, at: 600, against: thresholds) == nil)
  #expect(
    state.observe(25, at: 900, against: thresholds)
      == Change(
        from: .ok, to: .critical, since: 300, at: 900, value: 25, broken: Bounds("1:20")))
  let recovery = state.observe(5, at: 1500, against: thresholds)
  #expect(
    recovery == Change(from: .critical, to: .ok, since: 900, at: 1500, value: 5))
  #expect(recovery?.lasted == 600)
  #expect(state.since == 1500)
}

@Test func storedStateGoesOnWhereItStopped() {
  var state = FieldState()
  let rules = Rules(type: .derive, thresholds: thresholds)
  for time in 1...40 {
    let reading = Reading(time % 7 == 0 ? "U" : "\(time * time * 300)")!
    let sample = Sample(reading, at: time * 300)
    var restored = FieldState(
      level: Level(rawValue: state.level.rawValue)!, since: state.since, missed: state.missed,
      seen: state.seen,
      previous: state.previous.flatMap { Sample(time: $0.time, text: $0.reading.text) },
      value: state.value)
    #expect(restored == state)
    let change = state.judge(sample, now: time * 300, by: rules)
    #expect(restored.judge(sample, now: time * 300, by: rules) == change)
  }
}
