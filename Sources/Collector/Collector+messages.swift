internal import EventLoop
internal import Incidents
internal import Inventory
internal import Ledger
internal import Limits
internal import MuninWire
internal import Notify
internal import Settings
internal import Text

/// What a notification puts into the outbox: its facts for ways whose words are written at delivery, and what a command is given.
extension Collector {
  func messages(_ notification: Notification) -> [any LedgerRows] {
    guard let contact = settings.contacts.first(where: { $0.name == notification.contact }) else {
      return []
    }
    let surroundings = surroundings(of: contact.name)
    // The words below it are written at delivery, which is no part of a poll.
    let subject = AlertWords.subject(of: notification, surroundings)
    var messages: [any LedgerRows] = []
    let ways = contact.alertWays
    if !ways.isEmpty {
      messages.append(AlertMessages(notification, on: ways, subject: subject))
    }
    if notification.kind.isRegular {
      let values = AlertWords.variables(of: notification, surroundings)
      if let template = contact.command, let command = contact.shellCommand(in: values) {
        var mail = OutgoingMail(
          id: "\(notification.identifier).0", contact: contact.name, route: .command(command),
          subject: subject, text: AlertWords(notification, surroundings).text,
          created: notification.at)
        mail.source = CommandSource(template, in: values)
        mail.place = MessageThread(notification)
        messages.append(mail)
      }
    } else if contact.command != nil {
      messages += commands(notification, subject, contact) as [any LedgerRows]
    }
    return messages
  }

  /// How a contact is written to, without what only delivery knows.
  func surroundings(of contact: String) -> AlertSurroundings {
    var surroundings = AlertSurroundings(site: site, machine: Configuration.hostName)
    if let zone = directory.settings.contacts.first(where: { $0.name == contact })?.zone {
      surroundings.utcOffset = { zone.offset(at: $0).offset }
    }
    return surroundings
  }

  // MARK: - Commands

  /// A text for each graph with something wrong, or that was wrong.
  private func commands(
    _ notification: Notification, _ subject: String, _ contact: Contact
  ) -> [OutgoingMail] {
    var round = MuninRound(settings)
    for line in notification.lines {
      // Of nodes and values munin's messages tell, run by run.
      if settings.isMuninCompatible, line.place != .collector { continue }
      for service in services(line) { round.add(service, to: contact) }
    }
    return round.deliveries.enumerated().map { index, delivery in
      var mail = OutgoingMail(
        id: "\(notification.identifier).\(index)", contact: contact.name,
        route: .command(delivery.command), subject: subject, text: delivery.input,
        created: notification.at)
      mail.source = delivery.source
      mail.place = MessageThread(notification)
      return mail
    }
  }

  /// What munin-limits would tell commands after this poll, answered or not, where `munin_compatible` asks for its messages run by run.
  func muninMessages(of node: NodeRecord, _ update: AlertUpdate, now: Int) -> [OutgoingMail] {
    guard settings.isMuninCompatible, settings.contacts.contains(where: { $0.command != nil })
    else { return [] }
    var former: [SeriesNumber: Level] = [:]
    for (_, crossing, _) in update.rows.crossings where former[crossing.series] == nil {
      former[crossing.series] = crossing.from
    }
    var round = MuninRound(settings)
    // munin-limits does not know of services that are gone.
    let judged = node.graphs.filter { $1.isJudged && !node.goneServices.contains($1.service) }
    for name in judged.keys.sorted() {
      let service = service(name, of: node) { series, _ in former[series] }
      if let service { round.add(service) }
    }
    return round.deliveries.map { delivery in
      var mail = OutgoingMail(
        contact: delivery.contact, route: .command(delivery.command),
        subject: "\(node.host.name): as munin-limits", text: delivery.input, created: now)
      mail.source = delivery.source
      return mail
    }
  }

  private func services(_ line: NotificationLine) -> [MuninService] {
    var node: NodeRecord?
    switch line.place {
    case .service(let number, _): node = nodesByNumber[number]
    case .node(let number): node = line.isOfValues ? nodesByNumber[number] : nil
    case .site, .collector: break
    }
    var names: [String] = []
    for part in line.parts where !part.graph.isEmpty && !names.contains(part.graph) {
      // What is wrong by itself now is told by an incident of its own.
      if line.isOfValues, line.step == .closed, alerts.judge.level(of: part.series) > .ok {
        continue
      }
      names.append(part.graph)
    }
    if line.isOfValues, names.isEmpty { return [] }
    if let node {
      let found = names.compactMap { name in
        service(name, of: node, withGone: true) { _, field in
          line.parts.first { $0.graph == name && $0.field == field && $0.isNews }?.was
        }
      }
      if !found.isEmpty { return found }
    }
    if line.isOfValues {
      return names.compactMap { name in
        let title = node?.description(of: name)?["graph_title"]
        return MuninService(line, graph: name, title: title, settings)
      }
    }
    if line.place == .site {
      let nodes = siteServices(line)
      if !nodes.isEmpty { return nodes }
    }
    return MuninService(line, settings).map { [$0] } ?? []
  }

  /// Nodes that were lost together, one by one: a check of Nagios has one host. Those that still do not answer when the others do are told
  /// by an incident of their own.
  private func siteServices(_ line: NotificationLine) -> [MuninService] {
    let left = line.step == .closed ? Set(line.others.map(\.name)) : []
    let members = line.members.filter { !left.contains($0) }
    var services = members.compactMap { name in
      var line = line
      line.host = name
      line.name = nil
      return MuninService(line, settings)
    }
    let more = line.memberCount - line.members.count
    if more > 0, !services.isEmpty {
      var line = line
      line.host = line.groups.last ?? line.title
      line.words = "and \(Amount.count(more, "more node"))"
      if let rest = MuninService(line, settings) { services.append(rest) }
    }
    return services
  }

  /// A graph of a node with the levels of its fields; `nil` for one that is no longer described, or has no limits.
  /// - Parameters:
  ///   - withGone: also those that its plugin no longer describes; munin forgets them.
  ///   - was: the level that a field had before, where this message tells of a change.
  private func service(
    _ name: String, of node: NodeRecord, withGone: Bool = false,
    was: (SeriesNumber, String) -> Level?
  ) -> MuninService? {
    let gone =
      withGone
      ? node.goneFields.values.filter { $0.graph.name == name }.sorted { $0.series < $1.series }
      : []
    guard var graph = node.description(of: name) ?? gone.first?.graph else { return nil }
    // munin-limits passes by graphs without a title.
    if graph["graph_title"] == nil, !settings.isMuninCompatible { graph["graph_title"] = name }
    var members: [MuninService.Member] = []
    func add(
      _ series: SeriesNumber, _ name: String, _ rules: SeriesRules, former: Field? = nil
    ) {
      let field = graph.field(name) ?? former ?? Field(name: name)
      let level = alerts.judge.level(of: series)
      members.append(
        MuninService.Member(
          field, level: level, was: was(series, name) ?? level,
          value: alerts.judge.value(of: series), rules: rules))
    }
    for field in node.graphs[name]?.fields ?? [] {
      if let rules = field.rules { add(field.series, field.name, rules) }
    }
    for entry in node.virtualGraphs()[name]?.entries ?? [] {
      if let series = entry.series, let rules = entry.rules {
        add(series, entry.field.name, rules)
      }
    }
    for field in gone {
      guard let rules = alerts.judge.rules(of: field.series) else { continue }
      add(field.series, field.field, rules, former: field.graph.field(field.field))
    }
    guard !members.isEmpty else { return nil }
    let parts = name.split(separator: ".")
    let around = parts.indices.dropFirst().compactMap {
      node.description(of: parts[..<$0].joined(separator: "."))
    }
    return MuninService(
      graph, around: around, members: members, host: node.host, settings: settings)
  }
}

extension MuninService {
  /// A trouble that is not one of values, as munin's templates see it: of a service `node`, or of a plugin.
  fileprivate init?(_ line: NotificationLine, _ settings: MasterSettings) {
    let name = line.service ?? (line.place == .collector ? "collector" : "node")
    var field = Field(name: name, attributes: [Attribute("label", name)])
    if line.step != .closed { field["extinfo"] = line.fault?.words ?? line.words }
    let title =
      switch line.place {
      case .service: line.title.isEmpty ? name : line.title
      case .node, .site: "reachable"
      case .collector: "collector"
      }
    let graph = Graph(
      name: name, attributes: [Attribute("graph_title", title)], fields: [field])
    self.init(
      graph, members: [Member(field, line)], host: HostSettings(line), settings: settings)
  }

  /// A graph of values that became unknown together and that their node no longer describes.
  fileprivate init?(
    _ line: NotificationLine, graph name: String, title: String?, _ settings: MasterSettings
  ) {
    let parts = line.parts.filter { $0.graph == name }
    let fields = parts.map { part in
      Field(name: part.field, attributes: [Attribute("label", part.label)])
    }
    let graph = Graph(
      name: name, attributes: [Attribute("graph_title", title ?? parts.first?.title ?? name)],
      fields: fields)
    self.init(
      graph, members: fields.map { Member($0, line) }, host: HostSettings(line),
      settings: settings)
  }
}

extension HostSettings {
  /// The node of an incident, as far as messages name it.
  fileprivate init(_ line: NotificationLine) {
    self.init(groups: line.groups, name: line.name ?? line.host)
    notifyAlias = line.host
  }
}

extension NotificationLine.Fault {
  fileprivate var words: String {
    switch self {
    case .fails(let words): words
    case .notListed: "the node does not list it any more"
    case .withoutSubject(let name): "\(name) is gone"
    }
  }
}
