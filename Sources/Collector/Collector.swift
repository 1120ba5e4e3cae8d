public import EventLoop
internal import Incidents
internal import Inventory
public import Ledger
internal import Limits
public import Logbook
internal import MuninWire
public import Notify
internal import Polling
public import RRD
internal import Recording
public import Settings

/// The master: polls the nodes, records what they say, judges it, and tells people.
///
/// It wires the stages: a poll's values and rows go from one to the next, and are committed together.
@LoopActor
public final class Collector {
  /// The settings in force: after a reload the directives of the start are still those of the start.
  public internal(set) var settings: MasterSettings
  let clock: LoopClock
  let log: Logbook
  let mails: MailDelivery
  let recorder: Recorder
  let ledger: Ledger
  let writer: RRDWriter
  let grapher: RRDGrapher
  /// Where the pages are, for links in messages.
  public let site: String?
  /// Makes the addresses of the page with the buttons; `nil` where messages have none.
  public let links: AlertLinks?
  let book = NumberBook()
  var layouts: LayoutBook
  let tls: PollTLS
  let dialer: Dialer
  let muninState: MuninStateWriter
  let heartbeat: HeartbeatCaller
  /// Levels, incidents, and what people are to be told of them.
  var alerts = AlertStages()
  /// Where the judged series are.
  var judgedPlaces: [SeriesNumber: (node: NodeNumber, graph: String)] = [:]
  /// What munin.conf says about alerts.
  var directory: AlertDirectory
  /// Incidents that an older release has left open, until they are taken over.
  var formerIncidents: [FormerIncident] = []
  /// Orders of people that were not carried out yet.
  var orders: [AlertOrder] = []
  /// The numbers of those that were carried out and that the ledger still had as open when it was read last.
  var carriedOut: Set<Int> = []
  /// Opened when something may be due earlier than ``alertTime``.
  var alertsDue = Gate()
  var alertTime: Int?
  /// Opened when a message by the clock may be due earlier than was known.
  var regularDue = Gate()
  /// So long values are compared with what is usual, for a digest.
  var comparisonTime = Duration.seconds(30)
  /// What the log of outages says that the nodes were watched, and when that was stored last.
  var watchedSince: Int?
  var watchedUntil = 0
  /// What is wrong with the collector itself, as far as that was told, and of which troubles that is known in this run.
  var ownTroubles: [OwnTrouble: String] = [:]
  var knownOwnTroubles: Set<OwnTrouble> = []
  var settingsTrouble: (words: String, since: Int)?
  /// The day on which what is too old was removed last, in days since 1970.
  var prunedDay = 0
  /// Two clocks, read together: only one of them can be set.
  var clocks: (epoch: Int, running: LoopClock.Instant)?
  var nodes: [NodeRecord] = [] {
    didSet {
      names = nodes.map { NodeName(groups: $0.host.groups, name: $0.host.name) }
      nodeIndex = Dictionary(nodes.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
      nodesByNumber = Dictionary(
        nodes.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    }
  }
  /// The names of the nodes, in their order.
  public private(set) var names: [NodeName] = []
  /// The nodes by `group;host`.
  private(set) var nodeIndex: [String: NodeRecord] = [:]
  private(set) var nodesByNumber: [NodeNumber: NodeRecord] = [:]
  let started: Int
  var cycle = CycleReport()
  var lost = LostValues()
  /// Values that were not newer than those before, since the start.
  var repeatedValues = 0
  /// Polls under way at once: each holds a descriptor.
  let turns = Permits(DescriptorLimit.polls(within: 1024, children: 0))
  /// Whether a process that polls once writes what other nodes have brought.
  var isWritingMeanwhile = false
  /// What the log says of the limit of descriptors.
  var descriptors = OnceLog<String>()
  var lastPoll: Int?
  /// Whether a node that stays unreachable is told in each cycle.
  public var repeatsTroubles = false
  /// Whether the log tells of incidents: not where cron mails it, as long as people are told by their contacts.
  public var logsIncidents = true
  /// Opened when a reload has brought nodes that are not scheduled yet.
  var newNodes = Gate()
  /// Opened when a node may have brought graphs that are made of fields of others.
  var virtualGraphs = Gate()

  /// - Parameters:
  ///   - ledger: already migrated by ``prepare(_:)``.
  ///   - site: where the pages are, for links in mails.
  ///   - links: makes the addresses of the page with the buttons; `nil` where messages have none.
  public init(
    settings: MasterSettings, ledger: Ledger, courier: Courier, writer: RRDWriter,
    grapher: RRDGrapher, site: String?, links: AlertLinks? = nil, log: Logbook,
    clock: LoopClock = .real
  ) {
    self.settings = settings
    self.ledger = ledger
    self.writer = writer
    self.grapher = grapher
    self.site = site
    self.links = links
    self.log = log
    self.clock = clock
    mails = MailDelivery(ledger: ledger, courier: courier, clock: clock, log: log)
    recorder = Recorder(
      ledger: ledger, writer: writer, sink: settings.sink(writer),
      directory: settings.databaseDirectory,
      mode: settings.recordingMode, log: log, clock: clock)
    directory = AlertDirectory(settings)
    layouts = LayoutBook(settings)
    muninState = MuninStateWriter(
      ledger: ledger, folder: settings.databaseDirectory, log: log, clock: clock)
    heartbeat = HeartbeatCaller(log: log)
    tls = PollTLS { log.note($0) }
    dialer = Dialer(clock: clock) { log.note($0) }
    started = clock.epoch
  }

  /// Brings the ledger's tables up to date.
  public nonisolated static func prepare(_ ledger: Ledger) async throws(LedgerError) {
    try await ledger.migrate(
      FormerTables.migrations + AlertTables.migrations + JournalTable.migrations
        + HistoryTables.migrations + Outbox.migrations + ToldWarnings.migrations
        + ToldFacts.migrations
        + LinkKey.migrations)
  }

  /// Takes over what a former run knew. Nothing is polled before that.
  public func restore() async throws(LedgerError) {
    // What a full disk keeps from being removed costs room only, and is removed at the next start.
    try? await ledger.transaction { transaction throws(LedgerError) in
      try InventoryTables.removeUnusedLayouts(in: transaction)
    }
    let now = clock.epoch
    let (inventory, stored) = try await ledger.read { transaction throws(LedgerError) in
      (
        try InventoryTables.read(in: transaction),
        try AlertContents.read(at: now, in: transaction)
      )
    }
    var slices = WorkSlices()
    book.restore(inventory)
    var nodes: [NodeRecord] = []
    for host in settings.hosts {
      nodes.append(NodeRecord(host: host, book: book, layouts: layouts))
      await slices.pause()
    }
    self.nodes = nodes
    FileClash.link(nodes)
    await restore(nodes, from: inventory, gone: Set(stored.faults.filter(\.value.isGone).keys))
    try await recorder.restore()
    await restoreAlerts(stored, at: now)
    await restoreFiles(from: inventory)
    await startAlerts(at: now, isAlone: true)
    await mails.count()
    FreeMemory.giveBack()
  }

  /// Gives nodes their series and graphs of a former run.
  /// - Parameter faults: the services that are not listed and that people may have been told of.
  func restore(
    _ nodes: [NodeRecord], from inventory: InventoryTables.Contents,
    gone faults: Set<ServicePlace> = []
  ) async {
    var parsed: [Int: ServiceConfig] = [:]
    var slices = WorkSlices()
    for node in nodes {
      var configs: [(String, ServiceConfig)] = []
      var gone: [(String, ServiceConfig)] = []
      for service in inventory.services[node.number] ?? [] {
        let isGone = service.gone != nil
        if isGone, !faults.contains(ServicePlace(node: node.number, service: service.name)) {
          continue
        }
        guard let number = service.layout, let layout = inventory.layouts[number] else { continue }
        if parsed[number] == nil {
          let answer = ConfigAnswer(layout.config.span, service: service.name)
          guard !answer.graphs.isEmpty else { continue }
          parsed[number] = book.shared(
            ServiceConfig(layout.config.span, answer, service: service.name), of: service.name,
            number: number)
        }
        guard let config = parsed[number] else { continue }
        if isGone {
          gone.append((service.name, config))
        } else {
          configs.append((service.name, config))
        }
      }
      node.restore(
        series: inventory.series[node.number] ?? [], configs: configs, gone: gone,
        spoolPosition: inventory.spooled[node.number] ?? 0)
      await recorder.setFiles(node.takeFiles(), of: node.number, at: node.fileStart)
      await slices.pause()
    }
  }

  /// Values in the journal may be of nodes that munin.conf no longer names: they go into their files all the same.
  private func restoreFiles(from inventory: InventoryTables.Contents) async {
    let known = Set(nodes.map(\.number))
    let former: [NodeRecord] = recorder.waitingNodes.filter { !known.contains($0) }.compactMap {
      guard let path = inventory.nodes[$0] else { return nil }
      let (groups, name) = HistoryFiles.parts(of: path)
      let host = HostSettings(groups: groups, name: name)
      return NodeRecord(host: host, book: book, layouts: layouts)
    }
    await restore(former, from: inventory)
    // A field may have left its config since: its values go into the file that it had.
    let starts = Dictionary(
      (nodes + former).map { ($0.number, $0.fileStart) }, uniquingKeysWith: { first, _ in first })
    var slices = WorkSlices()
    for node in recorder.waitingNodes {
      await slices.pause()
      guard let start = starts[node] else { continue }
      let left = (inventory.series[node] ?? []).filter { !recorder.hasFile($0.number) }
      await recorder.setFiles(
        left.map { series in
          let ending = rrdFileEnding(
            service: series.key.graph, field: series.key.field, type: series.type)
          return (series.number, FileForm(ending: ending, spec: RRDSpec(type: series.type)))
        }, of: node, at: start)
    }
  }

  /// Makes messages that were given up due again, whose incidents still last.
  public func retryFailedMails() async { await mails.retryFailed() }
}
