internal import MuninWire

/// The limits of a graph's fields as lines over everything else: amber for warning, red for critical, each value once, with the numbers in
/// the legend. A limit that is a share of another field is a line that moves with that field.
///
/// munin draws the warning in the colour of its field, and behind it: an area hides it.
struct GraphLimits: Sendable {
  private var warnings: [Limit] = []
  private var criticals: [Limit] = []

  private struct Limit: Equatable {
    /// A number, or the expression that makes the share of the field.
    let height: String
    var isShare = false
    let text: String
  }

  private static let warningColour = "E08E00"
  private static let criticalColour = "CC0000"
  /// With more, the legend would be a table of numbers.
  private static let mostNamed = 4

  /// Adds the limits of a field.
  /// - Parameter variable: the variable that has the values of a field as they are drawn; `nil` for a field that is not in the picture.
  mutating func add(_ field: Field, _ numbers: GraphNumbers, variable: (String) -> String?) {
    for limit in GraphLimits.ends(field.warning, numbers, variable) where !warnings.contains(limit)
    {
      warnings.append(limit)
    }
    for limit in GraphLimits.ends(field.critical, numbers, variable)
    where !criticals.contains(limit) {
      criticals.append(limit)
    }
  }

  var elements: [String] {
    guard !warnings.isEmpty || !criticals.isEmpty else { return [] }
    let isNamed = warnings.count + criticals.count <= GraphLimits.mostNamed
    func rules(_ limits: [Limit], _ word: String, _ colour: String) -> [String] {
      limits.enumerated().flatMap { index, limit in
        let legend = isNamed ? ":" + GraphText.argument("\(word) \(limit.text)") : ""
        let look = "#\(colour)\(legend):dashes"
        guard limit.isShare else { return ["HRULE:\(limit.height)\(look)"] }
        // No variable of a field has a dash after such a word.
        let name = "\(word)-\(index)"
        return ["CDEF:\(name)=\(limit.height)", "LINE1:\(name)\(look)"]
      }
    }
    return rules(warnings, "warning", GraphLimits.warningColour)
      + rules(criticals, "critical", GraphLimits.criticalColour) + (isNamed ? ["COMMENT:\\l"] : [])
  }

  /// The ends of a range.
  private static func ends(
    _ range: String?, _ numbers: GraphNumbers, _ variable: (String) -> String?
  ) -> [Limit] {
    guard let range else { return [] }
    guard let bounds = Bounds(range) else {
      guard let written = WrittenRange(range) else { return [] }
      return [written.low, written.high].compactMap { end(of: $0, numbers, variable) }
    }
    let ends = bounds.description.split(separator: ":", omittingEmptySubsequences: false)
    return ends.compactMap { number($0, numbers) }
  }

  /// One end of a range that has a share.
  private static func end(
    of end: WrittenRange.End?, _ numbers: GraphNumbers, _ variable: (String) -> String?
  ) -> Limit? {
    func plain(_ value: Double) -> Substring { Bounds(max: value).description.dropFirst() }
    switch end {
    case .number(let value): return number(plain(value), numbers)
    case .percentOfField(let percent, let name):
      guard let variable = variable(name), let factor = height(plain(percent)) else { return nil }
      return Limit(
        height: "\(variable),\(factor),*,100,/", isShare: true, text: "\(factor)% of \(name)")
    // Whoever knows the field's `max` and the base of sizes has made a number of these.
    case .percent, .percentOfSize, nil: return nil
    }
  }

  private static func number(_ text: Substring, _ numbers: GraphNumbers) -> Limit? {
    guard let height = height(text), let value = Double(height) else { return nil }
    return Limit(height: height, text: numbers.text(value, plain: height))
  }

  /// A number librrd takes as the height of a rule.
  static func height(_ text: Substring) -> String? {
    guard let reading = Reading(String(text)), let value = reading.value, abs(value) < 1e30 else {
      return nil
    }
    return reading.rrdText
  }
}
