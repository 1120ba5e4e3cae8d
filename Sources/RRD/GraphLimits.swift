internal import MuninWire

/// The limits of a graph's fields as lines over everything else: amber for warning, red for critical, each value once, with the numbers in
/// the legend.
///
/// munin draws the warning in the colour of its field, and behind it: an area hides it.
struct GraphLimits: Sendable {
  private var warnings: [Limit] = []
  private var criticals: [Limit] = []

  private struct Limit: Equatable {
    let height: String
    let text: String
  }

  private static let warningColour = "E08E00"
  private static let criticalColour = "CC0000"
  /// With more, the legend would be a table of numbers.
  private static let mostNamed = 4

  /// Adds the limits of a field.
  mutating func add(_ field: Field, _ numbers: GraphNumbers) {
    for limit in GraphLimits.ends(field.warning, numbers) where !warnings.contains(limit) {
      warnings.append(limit)
    }
    for limit in GraphLimits.ends(field.critical, numbers) where !criticals.contains(limit) {
      criticals.append(limit)
    }
  }

  var elements: [String] {
    guard !warnings.isEmpty || !criticals.isEmpty else { return [] }
    let isNamed = warnings.count + criticals.count <= GraphLimits.mostNamed
    func rules(_ limits: [Limit], _ word: String, _ colour: String) -> [String] {
      limits.map {
        let legend = isNamed ? ":" + GraphText.argument("\(word) \($0.text)") : ""
        return "HRULE:\($0.height)#\(colour)\(legend):dashes"
      }
    }
    return rules(warnings, "warning", GraphLimits.warningColour)
      + rules(criticals, "critical", GraphLimits.criticalColour) + (isNamed ? ["COMMENT:\\l"] : [])
  }

  /// The ends of a range.
  private static func ends(_ range: String?, _ numbers: GraphNumbers) -> [Limit] {
    guard let range, let bounds = Bounds(range) else { return [] }
    let ends = bounds.description.split(separator: ":", omittingEmptySubsequences: false)
    return ends.compactMap { end in
      guard let height = height(end), let value = Double(height) else { return nil }
      return Limit(height: height, text: numbers.text(value, plain: height))
    }
  }

  /// A number librrd takes as the height of a rule.
  static func height(_ text: Substring) -> String? {
    guard let reading = Reading(String(text)), let value = reading.value, abs(value) < 1e30 else {
      return nil
    }
    return reading.rrdText
  }
}
