internal import MuninWire

/// Which fields tell a state rather than an amount: their warning counts at once.
///
/// Known are those of the built-in services, and any field called `up` or `NAME_up`; others say `is_state yes` in munin.conf, whose
/// manual lists the same.
public enum StateField {
  /// The built-in services whose fields tell states: how their graphs' names begin and end, and the fields.
  private static let known: [(start: String, end: String, fields: [String])] = [
    ("web_processes", "", ["children"]),
    ("ups", "", ["state"]),
    ("snmp_", "_ups", ["state"]),
    ("nut_", "", ["state"]),
    ("ntp_peers", "", ["system_peer", "usable", "stratum"]),
  ]

  /// What is known, as the manual says it.
  public static var inWords: String {
    let services = known.map { entry in
      let fields = entry.fields.map { "`\($0)`" }
      let list =
        fields.count > 1
        ? fields.dropLast().joined(separator: ", ") + " and \(fields[fields.count - 1])" : fields[0]
      return "\(list) of `\(entry.start)*\(entry.end.isEmpty ? "" : entry.end + "*")`"
    }
    return "fields called `up` or `*_up`, " + services.dropLast().joined(separator: ", ") + ", and "
      + services[services.count - 1]
  }

  /// What a message says of a state that is good again and of which the plugin says nothing; `nil` where the number says it.
  public static func goodWords(graph: String, field: String) -> String? {
    if isUp(field) { return "up" }
    guard isKnown(graph: graph, field: field) else { return "OK again" }
    return field == "system_peer" ? "a peer is selected" : nil
  }

  private static func isUp(_ field: String) -> Bool { field == "up" || field.hasSuffix("_up") }

  /// Whether a field of a graph, as `ups_office.state`, is known to tell a state.
  public static func isKnown(graph: String, field: String) -> Bool {
    if isUp(field) { return true }
    let service = graph.prefix { $0 != "." }
    return known.contains {
      $0.fields.contains(field) && service.hasPrefix($0.start)
        && ($0.end.isEmpty || service.hasSuffix($0.end) || service.contains(text: $0.end + "_"))
    }
  }
}
