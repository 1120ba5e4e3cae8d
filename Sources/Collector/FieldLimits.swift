internal import MuninWire
internal import Settings

/// The smallest and the largest value that a field can have, as its plugin and munin.conf say.
///
/// librrd makes no file whose limits contradict each other, and on many virtual machines `if_` prints such: a speed of -1 becomes
/// `max -1000000` beside `min 0`.
struct FieldLimits: Equatable {
  /// As librrd is given it: a plain decimal, or `U` for no limit.
  private(set) var min: String
  /// Likewise.
  private(set) var max: String
  /// What is wrong with the limits, if anything.
  private(set) var finding: String?

  init(of field: Field) {
    min = field.min ?? "U"
    max = field.max ?? "U"
    guard let low = Double(min), let high = Double(max), low >= high else { return }
    let contradiction = "max \(max) is not above min \(min)"
    max = "U"
    if field.type != .gauge, low == 0 {
      // It is what makes a counter's restart an unknown value in place of a large negative one.
      finding = "\(contradiction): max ignored"
    } else {
      min = "U"
      finding = "\(contradiction): both ignored"
    }
  }

  /// The same for judging.
  var bounds: Bounds { Bounds(min: Double(min), max: Double(max)) }
}

extension FieldLimits {
  /// Fields for which munin.conf sets both limits of a node's field, and they contradict each other; each with file and line.
  static func contradictions(of host: HostSettings, in settings: MasterSettings) -> [String] {
    let overrides = settings.overrides(for: host).filter {
      $0.field != nil && ["max", "min", "type"].contains($0.name)
    }
    let fields = Dictionary(grouping: overrides) { [$0.service, $0.field ?? ""] }
    return fields.values.compactMap { overrides -> (MasterSettings.Override, String)? in
      guard Set(overrides.map(\.name)).isSuperset(of: ["max", "min"]), let last = overrides.last,
        let finding = FieldLimits(
          of: Field(name: "", attributes: overrides.map { Attribute($0.name, $0.value) })
        ).finding
      else { return nil }
      return (last, finding)
    }.sorted { ($0.0.file, $0.0.line) < ($1.0.file, $1.0.line) }.map { last, finding in
      "\(last.file):\(last.line): \(host.path): \(last.service).\(last.field ?? ""): \(finding)"
    }
  }
}
