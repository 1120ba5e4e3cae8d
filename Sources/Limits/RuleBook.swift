public import MuninWire

/// What rules need to know of a field.
public struct FieldFacts: Sendable {
  public var graph: GraphFacts
  /// Its number in the graph.
  public var field: Int
  public var type: FieldType
  /// The values that can be at all, as `min` and `max` say.
  public var possible: Bounds
  /// The seconds between two values of the series.
  public var updateRate: Int

  public init(
    _ field: Int, of graph: GraphFacts, type: FieldType, possible: Bounds = Bounds(),
    updateRate: Int = 300
  ) {
    self.graph = graph
    self.field = field
    self.type = type
    self.possible = possible
    self.updateRate = updateRate
  }

  /// Its name.
  public var name: String { graph.fields[field] }
}

/// Makes the rules of a field from the words of its plugin and of munin.conf.
public enum RuleBook {
  /// The words that are asked for.
  public static let words = [
    "warning", "critical", "unknown_limit", "hold", "hold_critical", "clear", "clear_critical",
    "trend", "rate", "rate_critical", "is_state", "repeat", "munin_compatible",
  ]

  /// - Parameters:
  ///   - word: what counts for a word: the caller looks at the field, the service, the node and its groups.
  ///   - other: the number of a field of another graph, `service.field`; numbers from the count of the graph's own fields on.
  ///     Its value is asked for in the unit shown.
  /// - Returns: `nil` for a field without limits; and what of its words cannot be used. A malformed word counts as not
  ///   written.
  public static func rules(
    for field: FieldFacts, word: (String) -> RuleSource?, other: (String) -> Int? = { _ in nil }
  ) -> (rules: SeriesRules?, findings: [RuleFinding]) {
    withoutActuallyEscaping(word) { word in
      withoutActuallyEscaping(other) { other in
        var reader = RuleReader(field: field, source: word, other: other)
        let rules = reader.read()
        return (rules, reader.findings)
      }
    }
  }
}
