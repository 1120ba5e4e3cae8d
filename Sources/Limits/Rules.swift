public import MuninWire

/// How one field is judged.
public struct Rules: Sendable, Hashable {
  /// What its numbers are.
  public var type: FieldType
  /// What is good.
  public var thresholds: Thresholds
  /// How long, in seconds, a value counts after it was taken, and over how long a rate is believed.
  /// munin takes 600; twice the update rate lets one poll fail.
  public var freshness: Int
  /// The values that can be at all, as the field's `min` and `max` say: others are unknown, in the RRD
  /// file too. munin judges them, and so alerts when a `DERIVE` falls back to zero at a restart.
  public var possible: Bounds

  /// Rules from their parts.
  public init(
    type: FieldType = .gauge, thresholds: Thresholds, freshness: Int = 600,
    possible: Bounds = Bounds()
  ) {
    self.type = type
    self.thresholds = thresholds
    self.freshness = freshness
    self.possible = possible
  }
}
