/// An attribute whose value cannot be meant as a threshold.
public struct ThresholdProblem: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// It is no threshold, and left out.
    case malformed
    /// Its upper limit is below the lower one: every value is outside. munin judges by it, and so does this.
    case inverted
  }

  /// `warning`, `critical` or `unknown_limit`.
  public let attribute: String
  /// What was found.
  public let text: String
  public let kind: Kind

  init(attribute: String, text: String, kind: Kind = .malformed) {
    self.attribute = attribute
    self.text = text
    self.kind = kind
  }

  public var description: String {
    if kind == .inverted {
      return
        "\(attribute): the upper limit of '\(text)' is below the lower one: every value is outside"
    }
    let wanted = attribute == "unknown_limit" ? "a number of values" : "a range of numbers"
    return "\(attribute): expected \(wanted), found '\(text)'"
  }
}
