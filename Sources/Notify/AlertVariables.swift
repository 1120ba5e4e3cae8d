internal import Incidents
internal import Limits
internal import MuninWire
internal import Text

/// What a notification tells of one graph, as variables of munin's templates: munin's own, and further ones.
///
/// A graph with a value that is wrong is one; a node, nodes that were lost together and the collector are one each, as a graph `node`
/// with a field `node`.
struct AlertVariables {
  /// The position of the incident in the notification.
  let index: Int
  let graph: String?

  /// The most of one notification.
  static let limit = 200

  static func all(of notification: Notification) -> [AlertVariables] {
    var all: [AlertVariables] = []
    for (index, line) in notification.lines.enumerated() {
      var graphs: [String] = []
      for part in line.parts where !graphs.contains(part.graph) { graphs.append(part.graph) }
      all +=
        graphs.isEmpty
        ? [AlertVariables(index: index, graph: nil)]
        : graphs.map { AlertVariables(index: index, graph: $0) }
    }
    // What is sent by the clock is one text.
    if notification.kind.isRegular { return [AlertVariables(index: 0, graph: nil)] }
    return Array(all.prefix(limit))
  }

  /// Those of a message that is not about incidents.
  private static func regular(
    _ notification: Notification, _ surroundings: AlertSurroundings
  ) -> TemplateValues {
    let words = AlertWords(notification, surroundings)
    var values = TemplateValues([
      "group": "", "host": surroundings.machine, "graph_title": notification.kind.word,
      "plugin": "apus", "graph_category": "", "worst": "OK", "worstid": "0",
      "subject": words.subject, "fact": words.subject, "message": words.text, "level": "ok",
      "step": "", "kind": notification.kind.word, "incident": "", "since": "", "until": "",
      "duration": "", "page": words.page ?? "", "silence": "", "node": "", "service": "",
      "graph": "", "contact": notification.contact, "message_id": notification.identifier,
    ])
    for name in ["fields", "cfields", "wfields", "ufields", "ofields", "fofields"] {
      values.lists[name] = []
      values.values["num\(name)"] = "0"
    }
    return values
  }

  func values(
    _ notification: Notification, _ surroundings: AlertSurroundings
  ) -> TemplateValues {
    guard !notification.kind.isRegular else {
      return Self.regular(notification, surroundings)
    }
    let line = notification.lines[index]
    let words = IncidentWords(line, of: notification, surroundings)
    let parts = line.parts.filter { $0.graph == graph }
    let fields = parts.isEmpty ? [field(of: line)] : parts.map(field)
    let worst = fields.map(\.level).max() ?? line.level
    var values = TemplateValues([
      "group": line.groups.joined(separator: "-"), "host": Self.host(of: line),
      "graph_title": title(line, parts.first), "plugin": name(of: line),
      "graph_category": "", "worst": AlertState(worst).word, "worstid": "\(worst.muninNumber)",
    ])
    values.values.merge(own(words, notification)) { _, new in new }
    let recovered = fields.filter { $0.level == .ok && $0.isChanged }
    for (name, members) in [
      ("fields", fields), ("cfields", fields.filter { $0.level == .critical }),
      ("wfields", fields.filter { $0.level == .warning }),
      ("ufields", fields.filter { $0.level == .unknown }),
      ("ofields", fields.filter { $0.level == .ok }),
      ("fofields", recovered.isEmpty ? fields.filter { $0.level == .ok } : recovered),
    ] {
      values.lists[name] = members.map { ($0.name, $0.values) }
      values.values["num\(name)"] = "\(members.count)"
    }
    return values
  }

  /// The node; of nodes that were lost together the first five.
  private static func host(of line: NotificationLine) -> String {
    guard line.place == .site, line.host.isEmpty else { return line.host }
    let named = line.members.prefix(5)
    let more = line.memberCount - named.count
    return named.joined(separator: ", ") + (more > 0 && !named.isEmpty ? " and \(more) more" : "")
  }

  /// What munin does not have.
  private func own(_ words: IncidentWords, _ notification: Notification) -> [String: String] {
    let line = words.line
    func time(_ epoch: Int?) -> String { epoch.map { CalendarTime(epoch: $0).rfc3339 } ?? "" }
    // These are about all incidents together.
    let isWhole = notification.kind == .test || notification.kind == .summary
    let all = isWhole ? AlertWords(notification, words.surroundings) : nil
    return [
      "subject": all?.subject ?? words.subject, "fact": words.fact,
      "message": all?.text ?? words.section.text,
      "level": line.level.rawValue, "step": line.step.word, "kind": notification.kind.word,
      "incident": "\(line.incident)", "since": time(line.opened),
      "until": words.isOver ? time(line.closed ?? line.at ?? notification.at) : "",
      "duration": words.lasted ?? "", "page": words.page ?? "",
      "silence": words.silenceLink ?? "",
      "node": (line.groups + [words.node]).filter { !$0.isEmpty }.joined(separator: ";"),
      "service": line.service ?? "", "graph": graph ?? "", "contact": notification.contact,
      "message_id": notification.identifier,
    ]
  }

  // MARK: Fields

  private struct Field {
    var name: String
    var level: Level
    var isChanged: Bool
    var values: TemplateValues
  }

  private func field(_ part: NotificationPart) -> Field {
    var values = [
      "label": part.label, "value": part.value.map { formatted($0, digits: 2) } ?? "unknown",
      "crange": Self.text(part.critical), "wrange": Self.text(part.warning),
    ]
    values["extinfo"] = part.extinfo
    values["unit"] = part.unit
    return Field(
      name: part.field, level: part.level, isChanged: part.was != nil && part.was != part.level,
      values: TemplateValues(values))
  }

  /// The one field of what has no values.
  private func field(of line: NotificationLine) -> Field {
    var values = [
      "label": "state", "value": line.stateWord, "crange": line.expectedWord,
      "wrange": line.expectedWord,
    ]
    if line.level > .ok { values["extinfo"] = line.words }
    return Field(
      name: "node", level: line.level, isChanged: true, values: TemplateValues(values))
  }

  private func name(of line: NotificationLine) -> String {
    if let graph { return graph.split(separator: ".").last.map(String.init) ?? graph }
    return switch line.place {
    case .service(_, let service): line.service ?? service
    case .node, .site: "node"
    case .collector: "apus"
    }
  }

  private func title(_ line: NotificationLine, _ part: NotificationPart?) -> String {
    if let title = part?.title, !title.isEmpty { return title }
    if !line.title.isEmpty { return line.title }
    return switch line.place {
    case .service: graph ?? line.service ?? ""
    case .node, .site: "reachable"
    case .collector: "collector"
    }
  }

  /// A range as munin's templates show it: always with its colon.
  private static func text(_ range: NotificationPart.Range?) -> String {
    LimitRange(low: range?.low, high: range?.high).description
  }
}

extension NotificationLine.Step {
  /// For programs.
  var word: String {
    switch self {
    case .opened: "opened"
    case .worsened: "worsened"
    case .joined: "joined"
    case .eased: "eased"
    case .closed: "closed"
    case .flapping: "flapping"
    case .steady: "steady"
    case .released: "released"
    case .lasting: "lasting"
    }
  }
}

extension Notification.Kind {
  /// For programs.
  var word: String {
    switch self {
    case .change: "change"
    case .reminder: "reminder"
    case .escalation: "escalation"
    case .summary: "summary"
    case .always: "always"
    case .test: "test"
    case .digest: "digest"
    case .alive: "alive"
    }
  }
}
