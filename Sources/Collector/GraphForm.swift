internal import Limits
internal import RRD
internal import Recording

/// How a graph is recorded and judged. It is the same on all nodes whose configs and settings in munin.conf agree in that, whatever
/// their titles and labels are, and kept once for all of them.
final class GraphForm: Sendable, Hashable {
  /// The graph's name, `disk.sda` for a nested one.
  let name: String
  let category: String
  let fields: [FieldForm]
  /// Attributes that cannot be used as they are written.
  let findings: [String]
  /// Fields of other graphs that limits are a share of, `service.field`: the judge asks for them by numbers behind those of the fields.
  let others: [String]
  /// Whether any field has a limit.
  let isJudged: Bool

  init(
    name: String, category: String, fields: [FieldForm], findings: [String], others: [String] = []
  ) {
    self.name = name
    self.category = category
    self.fields = fields
    self.findings = findings
    self.others = others
    isJudged = fields.contains(where: \.isJudged)
  }

  static func == (one: GraphForm, other: GraphForm) -> Bool {
    one === other
      || one.name == other.name && one.category == other.category
        && one.fields == other.fields && one.findings == other.findings
        && one.others == other.others
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(category)
    for field in fields { hasher.combine(field.name) }
  }
}

/// What is the same of a field on all these nodes.
struct FieldForm: Sendable, Hashable {
  let name: String
  let file: FileForm
  let shared: FieldRules

  var spec: RRDSpec { file.spec }
  /// How it is judged; `nil` without limits.
  var rules: SeriesRules? { shared.judging }
  var isJudged: Bool { shared.judging != nil }
}
