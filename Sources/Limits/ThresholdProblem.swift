/// An attribute whose value cannot be used as a threshold.
public struct ThresholdProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// `warning`, `critical` or `unknown_limit`.
  public let attribute: String
  /// What was found.
  public let text: String

  public var description: String {
    let wanted = attribute == "unknown_limit" ? "a number of values" : "a range of numbers"
    return "\(attribute): expected \(wanted), found '\(text)'"
  }
}
