internal import Limits
internal import RRD
internal import Recording

/// What is the same of a graph on all nodes whose configs and settings in munin.conf agree: kept once for all of them.
final class GraphForm: Sendable, Hashable {
  /// The graph's name, `disk.sda` for a nested one.
  let name: String
  let title: String
  let category: String
  let fields: [FieldForm]
  /// Attributes that cannot be used as they are written.
  let findings: [String]
  /// Whether any field has a threshold.
  let isJudged: Bool

  init(name: String, title: String, category: String, fields: [FieldForm], findings: [String]) {
    self.name = name
    self.title = title
    self.category = category
    self.fields = fields
    self.findings = findings
    isJudged = fields.contains(where: \.isJudged)
  }

  static func == (one: GraphForm, other: GraphForm) -> Bool {
    one === other
      || one.name == other.name && one.title == other.title && one.category == other.category
        && one.fields == other.fields && one.findings == other.findings
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(title)
    for field in fields { hasher.combine(field.label) }
  }
}

/// What is the same of a field on all these nodes.
struct FieldForm: Sendable, Hashable {
  let name: String
  let label: String
  let file: FileForm
  let shared: FieldRules

  var spec: RRDSpec { file.spec }
  var rules: Rules { shared.rules }
  var isJudged: Bool { !shared.rules.thresholds.isEmpty }
}
