internal import Limits
internal import MuninWire

/// How many fields are recorded and judged: mostly a few serve a whole fleet.
final class FieldRules: Sendable, Hashable {
  /// What the numbers are.
  let type: FieldType
  /// The values that can be at all, as the field's `min` and `max` say.
  let possible: Bounds
  /// How long, in seconds, a value counts after it was taken, and over how long a rate is believed.
  let freshness: Int
  /// How the field is judged; `nil` for one without limits.
  let judging: SeriesRules?

  init(type: FieldType, possible: Bounds, freshness: Int, judging: SeriesRules?) {
    self.type = type
    self.possible = possible
    self.freshness = freshness
    self.judging = judging
  }

  static func == (one: FieldRules, other: FieldRules) -> Bool {
    one === other
      || one.type == other.type && one.possible == other.possible
        && one.freshness == other.freshness && one.judging == other.judging
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(possible)
    hasher.combine(freshness)
    hasher.combine(judging)
  }
}
