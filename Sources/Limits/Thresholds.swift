public import MuninWire

/// The ranges a value is judged by.
public struct Thresholds: Sendable, Hashable {
  /// The good values; a value outside is a warning.
  public var warning: Bounds?
  /// The bearable values; a value outside is critical.
  public var critical: Bounds?
  /// How many unknown values in a row are tolerated: with 3, the fourth makes the field unknown.
  public var unknownLimit: Int

  /// What munin tolerates when nobody says otherwise.
  public static let defaultUnknownLimit = 3

  /// Thresholds from their parts.
  public init(
    warning: Bounds? = nil, critical: Bounds? = nil, unknownLimit: Int = defaultUnknownLimit
  ) {
    self.warning = warning
    self.critical = critical
    self.unknownLimit = max(0, unknownLimit)
  }

  /// Reads the attributes of a field. A text that is none is left out and named, not guessed.
  public static func parse(
    warning: String?, critical: String?, unknownLimit: String? = nil
  ) -> (thresholds: Thresholds, problems: [ThresholdProblem]) {
    var problems: [ThresholdProblem] = []
    func bounds(_ attribute: String, _ text: String?) -> Bounds? {
      guard let text, !text.isEmpty else { return nil }
      let bounds = Bounds(text)
      if bounds == nil { problems.append(ThresholdProblem(attribute: attribute, text: text)) }
      return bounds
    }
    var thresholds = Thresholds(
      warning: bounds("warning", warning), critical: bounds("critical", critical))
    if let unknownLimit {
      if let count = Int(unknownLimit), count >= 0 {
        thresholds.unknownLimit = count
      } else {
        problems.append(ThresholdProblem(attribute: "unknown_limit", text: unknownLimit))
      }
    }
    return (thresholds, problems)
  }

  /// Whether there is any range: a field without is not judged.
  public var isEmpty: Bool { warning == nil && critical == nil }

  /// The level of a known value, and the range it broke.
  public func level(of value: Double) -> (level: Level, broken: Bounds?) {
    if let critical, !critical.contains(value) { return (.critical, critical) }
    if let warning, !warning.contains(value) { return (.warning, warning) }
    return (.ok, nil)
  }
}

/// An attribute that should be a threshold and is not.
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
