/// An `update_rate` as it is written: `300`, `5m`, `1h aligned`.
public struct UpdateRate: Sendable, Hashable {
  public var seconds: Int
  /// Whether the times of values are rounded down to multiples of it.
  public var isAligned: Bool

  public init(seconds: Int, isAligned: Bool = false) {
    self.seconds = seconds
    self.isAligned = isAligned
  }

  /// `nil` when the text is no rate.
  public init?(_ text: String) {
    guard let seconds = parseUpdateRate(text) else { return nil }
    let bytes = text.utf8.span
    var words = WordReader()
    _ = words.next(in: bytes)
    let second = words.next(in: bytes)
    self.init(
      seconds: seconds,
      isAligned: second.map { bytes.extracting($0).isEqual(to: "aligned") } == true)
  }
}

/// The seconds of an `update_rate`: `300`, `5m`, `1h aligned`. What follows the first word is not looked at.
public func parseUpdateRate(_ text: String) -> Int? {
  let bytes = text.utf8.span
  var words = WordReader()
  return words.next(in: bytes).flatMap { parseTimeSpan(bytes.extracting($0)) }
}
