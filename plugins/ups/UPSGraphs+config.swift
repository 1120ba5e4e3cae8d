internal import MuninWire
internal import PluginKit

extension UPSGraphs {
  /// The graphs of a device.
  /// - Parameters:
  ///   - prefix: what their names begin with: `ups_`.
  ///   - profile: the fields that the device has, its name and its own limits.
  static func graphs(_ prefix: String, _ profile: UPSProfile, on host: Host) -> [Graph] {
    let limits = profile.limits
    let keys = profile.shownFields
    let title = profile.title.map { ", \($0)" } ?? ""
    var graphs = [stateGraph(prefix, title, on: host)]
    for row in rows {
      var fields: [Field] = []
      for field in row.fields {
        let phases = field.phases(in: keys)
        for phase in phases {
          let hasNumber = phases.count > 1 || phase > 0
          var made = Field(
            field.name(of: phase), label: field.label + (hasNumber ? " \(phase + 1)" : ""),
            type: field.quantity == .lineBads ? .derive : .gauge,
            min: field.quantity == .lineBads ? 0 : nil, info: field.info)
          for kind in ["warning", "critical"] {
            // A threshold that is set for the first phase counts for the others too.
            let standard = host.threshold(
              kind, of: field.name, general: false, default: limits.range(kind, of: field.quantity))
            made[kind] = host.threshold(kind, of: made.name, general: false, default: standard)
          }
          fields.append(made)
        }
      }
      guard !fields.isEmpty else { continue }
      var graph = Graph(
        row.title + title, category: "sensors", args: row.args, vlabel: row.vlabel, scale: false,
        period: row.name == "line_bads" ? "hour" : nil, info: row.info, fields: fields)
      graph.name = prefix + row.name
      graphs.append(graph)
    }
    return graphs
  }

  private static func stateGraph(_ prefix: String, _ title: String, on host: Host) -> Graph {
    let meanings = UPSSeverity.allCases.map { "\($0.rawValue) \($0.meaning)" }
    var state = Field(
      "state", label: "worst state", draw: "LINE2", info: meanings.joined(separator: ", "))
    // A list and not a dictionary: its order is the one in which the thresholds are printed.
    let standards = [
      ("warning", "0:\(UPSSeverity.warning.rawValue - 1)"),
      ("critical", "0:\(UPSSeverity.critical.rawValue - 1)"),
    ]
    for (kind, standard) in standards {
      state[kind] = host.threshold(kind, of: "state", general: false, default: standard)
    }
    var fields = [state]
    for name in UPSState.names {
      let isCount = name.state == .alarm
      var field = Field(
        "\(name.field)", label: name.label,
        info: isCount
          ? "how many alarms stand, as far as the UPS counts them"
          : "1 while this state holds, else 0")
      host.applyThresholds(to: &field, general: false)
      fields.append(field)
    }
    var graph = Graph(
      "UPS state" + title, category: "sensors", args: "--base 1000 -l 0", vlabel: "state",
      scale: false, info: "What the UPS says of itself, and the worst of it as one number.",
      fields: fields)
    graph.name = prefix + "state"
    return graph
  }
}

extension UPSGraphs {
  /// Writes the values of all graphs; without a reading, that the communication is lost.
  static func write(
    _ prefix: String, _ keys: Set<Key>, _ reading: UPSReading?, into reply: inout Reply
  ) {
    write(reading?.state ?? .communicationLost, reading?.alarms, prefix, into: &reply)
    tell(reading, into: &reply)
    // The values of a card that has lost its UPS are those of the last contact.
    let isLost = reading?.state.contains(.communicationLost) ?? true
    for row in rows {
      var isBegun = false
      for field in row.fields {
        for phase in field.phases(in: keys) {
          if !isBegun { reply.multigraph(prefix + row.name) }
          isBegun = true
          let value = isLost ? nil : reading?[field.quantity, phase]
          if phase == 0 {
            reply.value(field.name, "", exactly: value)
          } else {
            reply.value(field.name, phase == 1 ? "_2" : "_3", exactly: value)
          }
        }
      }
    }
  }

  /// What an alert says beside the number of the state: munin's extinfo.
  private static func tell(_ reading: UPSReading?, into reply: inout Reply) {
    var words = (reading?.state ?? .communicationLost).words
    if let reading, !reading.state.contains(.communicationLost) {
      if let charge = reading[.charge] { words += ", charge \(Int(charge.rounded())) %" }
      if let runtime = reading[.runtime] { words += ", \(Int((runtime / 60).rounded())) min left" }
    }
    reply.append("state.extinfo \(words)\n")
  }

  private static func write(
    _ state: UPSState, _ alarms: Int?, _ prefix: String, into reply: inout Reply
  ) {
    reply.multigraph(prefix + "state")
    if let severity = state.severity {
      reply.value("state", severity.rawValue)
    } else {
      reply.unknown("state")
    }
    let isLost = state.contains(.communicationLost)
    // Where the power comes from is one of these states: if none of them is known to be so, none is known not to be.
    let sources = UPSReading.sources
    for name in UPSState.names {
      if name.state == .communicationLost {
        reply.value(name.field, isLost ? 1 : 0)
      } else if isLost || (sources.contains(name.state) && state.isDisjoint(with: sources)) {
        reply.unknown(name.field)
      } else if name.state == .alarm {
        reply.value(name.field, max(alarms ?? 0, state.contains(.alarm) ? 1 : 0))
      } else {
        reply.value(name.field, state.contains(name.state) ? 1 : 0)
      }
    }
  }
}
