internal import Limits
internal import MuninWire

/// The rules of many fields: mostly a few serve a whole fleet.
final class FieldRules: Sendable, Hashable {
  let rules: Rules

  init(_ rules: Rules) { self.rules = rules }

  var type: FieldType { rules.type }
  var freshness: Int { rules.freshness }

  static func == (one: FieldRules, other: FieldRules) -> Bool {
    one === other || one.rules == other.rules
  }

  func hash(into hasher: inout Hasher) { hasher.combine(rules) }
}
