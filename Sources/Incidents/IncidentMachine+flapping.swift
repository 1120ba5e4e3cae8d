public import Limits

/// Incidents that begin and end too often.
extension IncidentMachine {
  func flapping(of incident: Incident, _ facts: AlertFacts) -> FlappingRule? {
    switch incident.place {
    case .service(let node, let service): facts.service(node, service)?.flapping
    case .values(let node, _), .node(let node): facts.node(node)?.flapping
    case .endpoint, .group:
      incident.parts.lazy.filter { $0.role == .cause }.compactMap(\.node).first
        .flatMap(facts.node)?.flapping
    case .collector: nil
    }
  }

  /// How long nothing may change before it is steady: 30 minutes or six polls.
  func steadyTime(of incident: Incident, _ facts: AlertFacts) -> Int {
    let node = incident.place.node ?? incident.parts.lazy.compactMap(\.node).first
    return max(1800, 6 * (node.flatMap(facts.node)?.period ?? 300))
  }

  mutating func becomeSteady(_ number: Int) {
    change(number) { machine, incident in
      guard incident.phase == .flapping else { return }
      guard incident.level == .ok else {
        incident.phase = .open
        incident.shown = incident.level
        incident.shownWorst = incident.level
        return machine.give(.steady, incident)
      }
      machine.close(&incident, at: incident.quietSince ?? machine.now)
      // What begins after that is told as new.
      machine.past[incident.place]?.beginnings = []
      machine.give(.steady, incident)
    }
  }
}

extension IncidentPart {
  public var node: NodeNumber? { if case .node(let node) = subject { node } else { nil } }
}
