internal import Incidents
internal import Limits
internal import MuninWire
internal import Notify
internal import Settings
internal import Text

/// Makes the messages to send: one per contact and graph, not per field.
struct Alerts: Sendable {
  let settings: MasterSettings
  /// Where the page is, `http://127.0.0.1:4950`; `nil` without one.
  let site: String?

  /// The messages about a graph with a changed level, or for contacts whose `always_send` includes its level.
  /// - Parameters:
  ///   - incident: what the mails belong to.
  ///   - isFirst: whether these are the incident's first mails; later ones are replies to them.
  ///   - drawing: the picture of the graph.
  func messages(
    about text: AlertText, of host: HostSettings, incident: String, isFirst: Bool, now: Int,
    drawing: PictureOrder
  ) -> [OutgoingMail] {
    let contacts = settings.recipients(
      group: host.groups, host: host.name, service: text.graph.name)
    let isNews = text.lines.contains { $0.change != nil }
    return contacts.filter { isNews || isRepeated(text, to: $0) }.flatMap { contact in
      routes(of: contact, values: text.templateValues).map { route in
        mail(
          to: contact, route, subject: text.subject,
          text: isCommand(route)
            ? contact.template.expand(in: text.templateValues) : text.body,
          drawing: isCommand(route) ? nil : drawing, incident: incident, isFirst: isFirst, now: now)
      }
    }
  }

  /// Whether any contact at all has an `always_send`.
  var mayRepeat: Bool { settings.contacts.contains { !$0.alwaysSend.isEmpty } }

  /// Whether any contact of a graph has an `always_send`.
  func mayRepeat(graph: String, on host: HostSettings) -> Bool {
    guard mayRepeat else { return false }
    return settings.recipients(group: host.groups, host: host.name, service: graph)
      .contains { !$0.alwaysSend.isEmpty }
  }

  /// Whether some contact's `always_send` asks for a message although nothing changed.
  func isAnyRepeat(of text: AlertText, on host: HostSettings) -> Bool {
    settings.recipients(group: host.groups, host: host.name, service: text.graph.name)
      .contains { isRepeated(text, to: $0) }
  }

  private func isRepeated(_ text: AlertText, to contact: Contact) -> Bool {
    guard !contact.alwaysSend.isEmpty else { return false }
    return text.lines.contains { line in
      Contact.Severity(rawValue: line.level.rawValue).map(contact.alwaysSend.contains) ?? false
    }
  }

  /// The messages about a node that became unreachable, or reachable again.
  func messages(
    about change: Reachability.Change, of host: HostSettings, incident: String, now: Int
  ) -> [OutgoingMail] {
    let subject: String
    let body: String
    let level: Level
    let name = host.notifyAlias ?? host.name
    switch change {
    case .lost(let trouble, let since):
      level = .unknown
      subject = MailSubject.unreachable(name)
      body = """
        \(name) (group \(host.groups.joined(separator: ";"))) cannot be polled.

        UNKNOWN: \(trouble)
            since \(CalendarTime.local(since).text)

        All its values are unknown; this is the only message about them.
        """
    case .found(let seconds):
      level = .ok
      subject = MailSubject.reachable(name)
      body = """
        \(name) (group \(host.groups.joined(separator: ";"))) is reachable again, after \(TimeSpan.text(seconds)).
        """
    }
    let link = page(of: host, graph: nil).map { "\n\n\($0)" } ?? ""
    let values = TemplateValues([
      "group": host.groups.joined(separator: "-"), "host": name,
      "graph_title": "reachable", "plugin": "node", "worst": level.word,
      "worstid": "\(level.muninNumber)",
    ])
    let contacts = settings.recipients(group: host.groups, host: host.name)
    return contacts.flatMap { contact in
      routes(of: contact, values: values).map { route in
        mail(
          to: contact, route, subject: subject,
          text: isCommand(route) ? body + "\n" : body + link + "\n", drawing: nil,
          incident: incident, isFirst: level == .unknown, now: now)
      }
    }
  }

  /// The address of a node's page, or of one of its graphs'.
  func page(of host: HostSettings, graph: String?) -> String? {
    guard let site else { return nil }
    let path =
      graph.map { PagePath.graph($0, of: host.name, in: host.groups) }
      ?? .node(host.name, in: host.groups)
    return "\(site)\(path)"
  }

  /// A mail in its incident's thread: the first one to each contact has an identifier that the later ones know.
  private func mail(
    to contact: Contact, _ route: OutgoingMail.Route, subject: String, text: String,
    drawing: PictureOrder?, incident: String, isFirst: Bool, now: Int
  ) -> OutgoingMail {
    let way = isCommand(route) ? "c" : "m"
    let first = "\(incident).\(way)\(settings.contacts.firstIndex(of: contact) ?? 0)"
    return OutgoingMail(
      id: isFirst ? first : nil, contact: contact.name, route: route, subject: subject, text: text,
      drawing: drawing, thread: isFirst ? nil : first, created: now)
  }

  private func isCommand(_ route: OutgoingMail.Route) -> Bool {
    if case .command = route { true } else { false }
  }

  private func routes(of contact: Contact, values: TemplateValues) -> [OutgoingMail.Route] {
    var routes: [OutgoingMail.Route] = []
    if let email = contact.email, let address = try? MailAddress(email) {
      routes.append(.address(address))
    }
    if let command = contact.shellCommand(in: values) { routes.append(.command(command)) }
    return routes
  }
}
