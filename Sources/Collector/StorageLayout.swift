internal import MuninWire
internal import Settings

/// How the files of a graph's fields are laid out: `update_rate` and `graph_data_size`.
///
/// As in munin both words are looked for in the plugin's own config first, then in munin.conf's; what munin.conf says of this very
/// graph or field goes before both.
struct StorageLayout {
  /// Seconds between two values.
  let updateRate: Int
  /// Seconds between two rows of full resolution.
  let step: Int
  let archives: [RoundRobinLayout.Archive]
  /// What the plugin says and cannot be meant. munin.conf's own words are told where they stand, when it is read.
  let findings: [String]

  /// - Parameter field: one that has a `graph_data_size` of its own; `nil` for all others.
  init(_ overrides: GraphOverrides, field: Int?, host: HostSettings) {
    var findings: [String] = []
    var updateRate: Int?
    for source in [overrides.own("update_rate"), overrides.wider("update_rate")] {
      guard updateRate == nil, let source else { continue }
      updateRate = parseUpdateRate(source.value)
      if updateRate == nil, source.place == nil {
        findings.append("update_rate: expected seconds, found '\(source.value)': ignored")
      }
    }
    let rate = updateRate ?? host.updateRate
    let sources = [
      field.flatMap { overrides.own("graph_data_size", field: $0) },
      overrides.own("graph_data_size"), overrides.wider("graph_data_size"),
    ]
    var size: RoundRobinLayout?
    for source in sources {
      guard size == nil, let source else { continue }
      size = RoundRobinLayout(source.value)
      guard source.place == nil else { continue }
      guard let size else {
        findings.append(
          "graph_data_size: expected normal, huge or a list such as custom 1d, 5m for 7d, found '\(source.value)': ignored"
        )
        continue
      }
      findings += size.findings(updateRate: rate).map { "graph_data_size: \($0)" }
    }
    let wanted = size ?? .normal
    let archives = wanted.archives(step: wanted.step(updateRate: rate))
    let layout = archives.isEmpty ? .normal : wanted
    self.updateRate = rate
    step = layout.step(updateRate: rate)
    self.archives = layout.archives(step: step)
    self.findings = findings
  }
}
