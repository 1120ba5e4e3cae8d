public import MuninWire

/// The ranges a value is judged by.
public struct Thresholds: Sendable, Hashable {
  /// Values outside this range are a warning.
  public var warning: Bounds?
  /// Values outside this range are critical.
  public var critical: Bounds?
  public var unknownLimit: UnknownLimit

  /// Thresholds from their parts.
  public init(
    warning: Bounds? = nil, critical: Bounds? = nil, unknownLimit: UnknownLimit = .standard
  ) {
    self.warning = warning
    self.critical = critical
    self.unknownLimit = unknownLimit
  }

  /// Reads the attributes of a field. A text that is not a range of numbers is left out and named, not guessed; a range that no value can be in is named, and counts.
  public static func parse(
    warning: String?, critical: String?, unknownLimit: String? = nil
  ) -> (thresholds: Thresholds, problems: [ThresholdProblem]) {
    var problems: [ThresholdProblem] = []
    func bounds(_ attribute: String, _ text: String?) -> Bounds? {
      guard let text, !text.isEmpty else { return nil }
      let bounds = Bounds(text)
      if bounds == nil { problems.append(ThresholdProblem(attribute: attribute, text: text)) }
      if bounds?.isInverted == true {
        problems.append(ThresholdProblem(attribute: attribute, text: text, kind: .inverted))
      }
      return bounds
    }
    var thresholds = Thresholds(
      warning: bounds("warning", warning), critical: bounds("critical", critical))
    if let unknownLimit {
      if let limit = UnknownLimit(unknownLimit) {
        thresholds.unknownLimit = limit
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
