public import MuninWire

/// A reading and when it was taken.
public struct Sample: Sendable, Hashable {
  /// In seconds since 1970.
  public let time: Int
  /// What was read, without a time of its own.
  public let reading: Reading

  /// A reading of a poll at `time`; a time that the node sent along has precedence.
  public init(_ reading: Reading, at time: Int) {
    self.time = reading.time ?? time
    self.reading = reading.taken(at: nil)
  }

  /// A sample from where it was stored; `nil` when the text is not a reading.
  public init?(time: Int, text: String) {
    guard let reading = Reading(text) else { return nil }
    self.init(reading, at: time)
  }
}
