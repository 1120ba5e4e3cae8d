internal import Incidents
internal import Limits
internal import MuninWire
internal import Settings
internal import Text

/// The open incidents of a place, who has acknowledged them, and what keeps its trouble from being told.
extension WhyReport {
  /// - Parameter graph: `nil` for the whole node.
  mutating func tellAlerts(of host: HostSettings, graph: String?, field: String?) {
    let service = graph.map { name in
      facts.graphs.first { $0.graph.name == name }?.service ?? name
    }
    for incident in facts.incidents where isAbout(incident, service, graph) { tell(incident) }
    let what = "its trouble is logged, and what is still wrong then is told"
    for silence in facts.silences
    where silence.from <= now && now < silence.until && isAbout(silence.target, service, field) {
      let why = silence.why.isEmpty ? "" : " (\(silence.why))"
      say(
        "\(silence.target): silenced until \(moment(silence.until)) by \(silence.who)\(why): \(what)."
      )
    }
    let directory = AlertDirectory(settings)
    let windows =
      service.map { directory.service($0, of: host, isJudged: true).windows }
      ?? directory.node(host).windows
    guard let hold = PlannedWork(windows: windows).hold(at: now) else { return }
    let until = hold.until == .max ? "" : " until \(moment(hold.until))"
    say("Planned work\(until), \(hold.by): \(what).")
  }

  private mutating func tell(_ incident: Incident) {
    say(
      "Incident \(incident.number) is open, \(incident.level.rawValue) since \(moment(incident.start)): \(incident.inWords())."
    )
    guard let ack = incident.acknowledgement else { return }
    let why = ack.why.isEmpty ? "" : " (\(ack.why))"
    say(
      "Incident \(incident.number): acknowledged by \(ack.who) at \(moment(ack.at))\(why): no reminders and no escalation until it is worse or over."
    )
  }

  /// The trouble of a node is one of all its services.
  private func isAbout(_ incident: Incident, _ service: String?, _ graph: String?) -> Bool {
    guard let service, !incident.place.isOfNodes else { return true }
    if let own = incident.place.service { return own == service }
    return incident.parts.contains { $0.isBad && $0.graph == graph }
  }

  /// Whether a target is the place, one around it, or a part of it.
  private func isAbout(_ target: AlertTarget, _ service: String?, _ field: String?) -> Bool {
    let names = path.split(separator: ";").map(String.init)
    guard names.starts(with: target.path) else { return false }
    guard let wanted = target.service else { return true }
    guard target.path.count == names.count, service == nil || service == wanted else {
      return false
    }
    guard let field, let part = target.field else { return true }
    return part == field || part.hasSuffix(".\(field)")
  }
}
