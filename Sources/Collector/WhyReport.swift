internal import Daemon
internal import EventLoop
internal import Glibc
internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
internal import MuninWire
internal import Polling
internal import RRD
internal import Recording
public import Settings
internal import Text

/// Why a node, a graph or a field is as it is, in plain sentences: when it was polled and will be, what came, what it is judged by, and
/// why there is no graph or no message.
///
/// It reads munin.conf, the ledger and the files, and so may run beside a collector, or without one.
public struct WhyReport: Sendable {
  /// A sentence each.
  public private(set) var lines: [String] = []

  let settings: MasterSettings
  let path: String
  let host: HostSettings?
  let facts: WhyFacts
  let now: Int
  let ledger: Ledger?
  private let files = RRDWriter()

  /// - Parameters:
  ///   - text: `group;host`, `group;host:service` or `group;host:service.field`.
  ///   - ledger: `nil` where no collector has run yet.
  ///   - now: the present, in seconds since 1970.
  /// - Throws: ``HistoryError`` for a text that names nothing of that kind.
  public init(_ text: String, _ settings: MasterSettings, ledger: Ledger?, now: Int) async throws {
    let inventory = try await HistoryInventory(
      ledger: ledger, configured: settings.hosts.map(\.path))
    let target = try inventory.target(text)
    guard target.scope != .group else {
      let inside = inventory.known.filter { target.contains(node: $0) }.sorted()
      throw HistoryError(
        inside.isEmpty
          ? "'\(text)': no such node in munin.conf or in the ledger"
          : "'\(text)' is a group: expected one of its nodes: \(ShortList.text(inside, most: 5) ?? "")"
      )
    }
    let path = target.path
    self.settings = settings
    self.path = path
    self.now = now
    self.ledger = ledger
    host = settings.hosts.first { $0.path == path }
    let alias = host?.notifyAlias
    facts =
      try await ledger?.read { transaction throws(LedgerError) in
        try WhyFacts(of: path, alias: alias, in: transaction)
      } ?? WhyFacts()
    guard host != nil || facts.node != nil else {
      throw HistoryError("'\(path)': no such node in munin.conf or in the ledger")
    }
    tellPolling()
    switch target.scope {
    case .group: break
    case .node: await tellGraphs()
    case .graph(let name): try await tell(graph: name, field: nil)
    case .field(let graph, let name): try await tell(graph: graph, field: name)
    }
  }

  /// Words of nodes and of people are among it.
  mutating func say(_ sentence: String) { lines.append(sentence.printable) }

  /// `2026-11-30 12:00:05 (3 min ago)`
  func moment(_ time: Int) -> String {
    let distance =
      time > now
      ? "in \(TimeSpan.text(time - now))" : time == now ? "now" : "\(TimeSpan.text(now - time)) ago"
    return "\(CalendarTime.local(time).text) (\(distance))"
  }

  // MARK: Polling

  private mutating func tellPolling() {
    guard let host else {
      return say(
        "\(path): munin.conf has no such node: it is not polled; its page, named at the end of the overview, and its files stay until 'history forget'."
      )
    }
    let place = "\(host.file):\(host.line)"
    if let obstacle = host.obstacle {
      return say("\(path): is not polled: \(obstacle) (\(place)).")
    }
    guard host.update else {
      return say(
        host.address.isEmpty
          ? "\(path): is not polled: it has no address, or update is no (\(place))."
          : "\(path): is not polled: update is no, or its address is not valid (\(place)).")
    }
    let address = host.endpoint.map { "\($0)" } ?? host.address
    say("\(path): is polled every \(TimeSpan.text(host.updateRate)) at \(address) (\(place)).")
    tellNextPoll(of: host)
    tellAnswers()
  }

  private mutating func tellNextPoll(of host: HostSettings) {
    guard let holder = DataFolder.runningCollector(in: settings.databaseDirectory) else {
      return say(
        "No collector is running in \(settings.databaseDirectory): the next poll is that of the next 'apus-collector run' or 'apus-collector poll'."
      )
    }
    let wait = Schedule(node: host.path, period: host.updateRate).wait(seconds: now, nanoseconds: 0)
    say("The next poll is due at \(moment(now + (wait + 999) / 1000)), by \(holder).")
  }

  private mutating func tellAnswers() {
    let reach = facts.reach
    if let trouble = reach.trouble {
      var text = "It does not answer"
      if let since = reach.troubleSince { text += " since \(moment(since))" }
      text += ", in \(Amount.count(reach.missed, "poll")): \(trouble)."
      say(text)
      say(
        reach.isLost
          ? "It is part of an open incident (apus-collector alerts list); levels of its fields stay as they were."
          : "Its contacts are told when two polls in a row have failed."
      )
    } else if facts.node == nil {
      say("It was never polled: the ledger does not know it.")
    } else if facts.services.isEmpty {
      say("Nothing is known of its services yet.")
    }
    if let newest = facts.waiting.values.map(\.time).max() {
      say(
        "Its newest values, which wait in the journal for their files, came at \(moment(newest)).")
    } else if let last = reach.lastAnswer, reach.trouble != nil {
      say("Its last answer came at \(moment(last)).")
    }
  }

  // MARK: A node

  private mutating func tellGraphs() async {
    if let first = facts.seen?.first { say("It is known since \(moment(first)).") }
    let fields = facts.graphs.reduce(0) { $0 + $1.graph.fields.count }
    if !facts.graphs.isEmpty {
      let names = facts.graphs.map(\.graph.name).sorted()
      say(
        "It has \(Amount.count(names.count, "graph")) with \(Amount.count(fields, "field")): "
          + "\(ShortList.text(names, most: 20) ?? "").")
    }
    tellMissingServices()
    for (graph, _) in facts.graphs {
      for field in graph.fields {
        let key = SeriesKey(graph: graph.name, field: field.name)
        guard let state = facts.series[key]?.state, state.level != .ok else { continue }
        let since = state.since.map { " since \(moment($0))" } ?? ""
        say("\(graph.name).\(field.name) is \(state.level.rawValue)\(since).")
      }
    }
    let gone = facts.goneFields
    for field in gone.prefix(20) { tell(field) }
    if gone.count > 20 { say("and \(gone.count - 20) more fields that no plugin describes.") }
    guard let host else { return }
    tellAlerts(of: host, graph: nil, field: nil)
    tellRecipients(of: host, service: nil, field: nil)
  }

  /// A judged field that is not described.
  private mutating func tell(_ gone: (key: SeriesKey, known: WhyFacts.Series, since: Int)) {
    let name = "\(gone.key.graph).\(gone.key.field)"
    var text = "\(name): \(GoneField.words), since \(moment(gone.since)); its file stays."
    if let state = gone.known.state {
      let since = state.since.map { " since \(moment($0))" } ?? ""
      text +=
        state.level == .unknown
        ? " It is unknown\(since)." : " It is \(state.level.rawValue)\(since), and no value comes."
    }
    say(text)
  }

  private mutating func tellMissingServices() {
    for service in facts.goneServices.sorted(by: { $0.name < $1.name }).prefix(20) {
      say(
        "The node no longer lists \(service.name), since \(moment(service.gone)); its files stay.")
    }
    for (service, fault) in facts.faults.sorted(by: { $0.key < $1.key }).prefix(20) {
      say(sentence(service, fault))
    }
    for service in facts.silentServices.sorted().prefix(20) where facts.faults[service] == nil {
      say("\(service): the node lists it, and has given no config of it yet.")
    }
  }

  /// What is wrong with a service that brings no values, since when, and when it is asked again.
  private func sentence(_ service: String, _ fault: FaultStanding) -> String {
    let text = "\(service): brings no values since \(moment(fault.since)): \(fault.words)"
    let isPaused = fault.words.contains("asked again at")
    return fault.isGone || isPaused ? "\(text)." : "\(text). It is asked again at each poll."
  }

  // MARK: A graph

  private mutating func tell(graph name: String, field: String?) async throws(LedgerError) {
    guard let (given, service) = facts.graphs.first(where: { $0.graph.name == name }) else {
      return try await tellUnknown(graph: name, field: field)
    }
    var text = "\(name): \"\(given.title)\", from service \(service)"
    if let first = facts.services[service]?.first { text += ", known since \(moment(first))" }
    say(text + ".")
    if let fault = facts.faults[service] { say(sentence(service, fault)) }
    guard let host else { return }
    let layout = GraphLayout(given, host: host, settings: settings)
    for finding in layout.findings { say("\(name): \(finding).") }
    if settings.rrdWrite == .off {
      say("No graph: rrd_write off (\(settings.place(of: "rrd_write"))) records nothing.")
    }
    if !layout.graph.fields.contains(where: \.isDrawn) {
      say("No graph: every field of it is hidden (graph no, or skipdraw yes).")
    }
    let virtual = virtualGraph(name, on: host)
    let made = virtual?.fields.map(\.name) ?? []
    let records = layout.fields.filter {
      (field == nil || $0.name == field) && !made.contains($0.name)
    }
    let gone = facts.goneFields.filter {
      $0.key.graph == name && (field == nil || $0.key.field == field)
    }
    for one in gone { tell(one) }
    guard !records.isEmpty || !gone.isEmpty || field.map(made.contains) ?? !made.isEmpty else {
      let names = layout.fields.map(\.name).filter { !made.contains($0) } + made
      return say(
        "\(name) has no field \(field ?? ""); it has \(ShortList.text(names, most: 20) ?? "none").")
    }
    for record in records {
      await tell(record, of: layout.graph, isAlone: field != nil)
    }
    if let virtual, records.isEmpty || field == nil {
      try await tell(virtual, on: host, field: field)
    }
    tellAlerts(of: host, graph: name, field: field)
    tellRecipients(of: host, service: name, field: field)
  }

  private mutating func tellUnknown(graph name: String, field: String?) async throws(LedgerError) {
    if let host, let virtual = virtualGraph(name, on: host) {
      say(
        "\(name): munin.conf makes this graph of fields of other graphs: nothing is stored for it. It is drawn from their files and judged "
          + "by their newest values.")
      if let field, virtual.field(field) == nil {
        let names = ShortList.text(virtual.fields.map(\.name), most: 20) ?? "none"
        return say("\(name) has no field \(field); it has \(names).")
      }
      try await tell(virtual, on: host, field: field)
      tellAlerts(of: host, graph: name, field: field)
      return tellRecipients(of: host, service: name, field: field)
    }
    let gone = facts.goneFields.filter {
      $0.key.graph == name && (field == nil || $0.key.field == field)
    }
    if !gone.isEmpty {
      for one in gone { tell(one) }
      guard let host else { return }
      tellAlerts(of: host, graph: name, field: field)
      return tellRecipients(of: host, service: name, field: field)
    }
    let outer = name.split(separator: ".").first.map(String.init) ?? name
    for service in [name, outer] {
      guard let fault = facts.faults[service], !fault.isGone else { continue }
      say("\(name): no graph: the service has given no config yet.")
      return say(sentence(service, fault))
    }
    if let gone = facts.goneServices.first(where: { $0.name == name || $0.name == outer }) {
      return say(
        "\(name): no graph: the node no longer lists \(gone.name), since \(moment(gone.gone)); its files stay."
      )
    }
    if let silent = facts.silentServices.first(where: { $0 == name || $0 == outer }) {
      return say("\(name): no graph: the node lists \(silent), and has given no config of it yet.")
    }
    let names = facts.graphs.map(\.graph.name).sorted()
    say(
      names.isEmpty
        ? "\(name): no graph: no service of this node is known."
        : "\(name): no graph: the node has none of this name; it has \(ShortList.text(names, most: 20) ?? "")."
    )
  }

  // MARK: A field

  /// - Parameter isAlone: whether it was asked for itself.
  private mutating func tell(_ field: FieldForm, of graph: Graph, isAlone: Bool) async {
    let path = path(of: field)
    let key = SeriesKey(graph: graph.name, field: field.name)
    let known = facts.series[key]
    let name = "\(graph.name).\(field.name)"
    if isAlone, let first = known?.seen.first { say("\(name): known since \(moment(first)).") }
    if let gone = known?.seen.gone {
      say("\(name): the plugin no longer describes it, since \(moment(gone)).")
    }
    let stored = await stored(path)
    if let value = known.flatMap({ facts.waiting[$0.number] }) {
      say(
        "\(name): last value \(value.text) at \(moment(value.time)); it waits in the journal for \(path)."
      )
    } else if let stored {
      say(stored.sentence(name, moment))
    } else {
      say("\(name): no value has come yet: there is no file \(path).")
    }
    tellStorage(path, name: name)
    tellJudgement(of: field.name, field.rules, known, name: name, service: graph.name)
  }

  /// Says why values do not get into the field's file.
  private mutating func tellStorage(_ path: String, name: String) {
    guard settings.rrdWrite != .off else { return }
    if let obstacle = WriteObstacle.find(path, in: settings.databaseDirectory) {
      say("\(name): values cannot be written to its file: \(obstacle).")
    }
    // A collector writes after an hour at the latest.
    if let since = facts.waitingSince, now - since > 7200 {
      say(
        "\(name): values of the node wait in the journal since \(moment(since)), and should have been written after an hour: no collector has run, or the disk takes none (its log says which)."
      )
    }
  }

  private func path(of field: FieldForm) -> String {
    (host?.fileStart(in: settings.databaseDirectory) ?? "") + field.file.ending
  }

  /// What a field's file says.
  private struct Stored {
    let path: String
    let finding: String?
    let time: Int?
    let text: String?

    func sentence(_ name: String, _ moment: (Int) -> String) -> String {
      if let finding { return "\(name): no graph: \(path): \(finding)." }
      guard let time else { return "\(name): \(path) has no value yet." }
      let value = text.flatMap { $0 == "U" || $0 == "UNKN" ? nil : $0 }
      return value.map { "\(name): last value \($0) at \(moment(time)), in \(path)." }
        ?? "\(name): the last value, at \(moment(time)), is unknown: the plugin gave U or no number (\(path))."
    }
  }

  private func stored(_ path: String) async -> Stored? {
    guard let finding = RRDFinding(of: path, now: now) else {
      do throws(RRDError) {
        let info = try await files.info(path)
        let time = info["last_update"].flatMap { Int($0) }
        let text = info["ds[42].last_ds"].map { $0.replacing("\"", with: "") }
        return Stored(path: path, finding: nil, time: time, text: text)
      } catch {
        return Stored(path: path, finding: "\(error)", time: nil, text: nil)
      }
    }
    if case .unreadable = finding.kind, access(path, F_OK) != 0 { return nil }
    return Stored(path: path, finding: finding.fact, time: nil, text: nil)
  }
}
