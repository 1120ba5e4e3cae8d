internal import EventLoop
internal import Inventory
internal import Limits
internal import Logbook
internal import MuninWire
internal import Polling
internal import RRD
internal import Recording
internal import Settings

/// What the collector remembers of one node between polls.
@LoopActor
final class NodeRecord {
  private(set) var host: HostSettings
  private(set) var settings: MasterSettings
  /// The services' configs as they came last, by the names that the node lists.
  private(set) var configs: [String: ServiceConfig] = [:]
  /// The graphs of all services, by name.
  private(set) var graphs: [String: GraphRecord] = [:]
  var isPolling = false
  /// Whether a task polls it when it is due.
  var isScheduled = false
  /// Whether munin.conf no longer names it.
  var isRetired = false
  /// One request at a time, because the node loses requests that arrive together.
  var isSerial = false
  /// The services that break the conversation with the node.
  var quarantine = Quarantine()
  var duration: Double?
  /// Why values could not be written the last time, where the disk is the reason.
  var writeTrouble: String?
  /// When each service was fetched last, in seconds since 1970.
  private var fetched: [String: Int] = [:]
  /// The services that may have fields without a file.
  private var unmade: Set<String> = []
  /// In how many polls in a row each known service was not listed.
  private var unlisted: [String: Int] = [:]
  /// The facts in force about its replies, files and graphs, so that each is logged once.
  var facts = OnceLog<String>()
  let number: NodeNumber
  private let book: NumberBook
  private let series: NodeSeries
  /// Made when it is first needed after a change of a description.
  private var judgedSeries: [(series: SeriesNumber, rules: Rules)]?

  init(host: HostSettings, settings: MasterSettings, book: NumberBook) {
    self.host = host
    self.settings = settings
    self.book = book
    number = book.node(host.path)
    series = NodeSeries(node: number, book: book)
  }

  var path: String { host.path }

  /// Goes on under other settings; what is known of the node stays.
  func change(host: HostSettings, settings: MasterSettings) {
    self.host = host
    self.settings = settings
    isSerial = false
    quarantine = Quarantine()
    judgedSeries = nil
    for graph in graphs.values { graph.change(host: host, settings: settings) }
    unmade = Set(configs.keys)
  }

  /// Takes over what a former run left.
  /// - Parameter configs: by the names of the services.
  func restore(
    series stored: [InventoryTables.StoredSeries], configs: [(String, ServiceConfig)]
  ) {
    series.restore(stored)
    for (service, config) in configs { describe(service, config, isStored: true) }
  }

  /// Sets what a service says of its graphs.
  /// - Parameter isStored: whether the ledger has it already.
  func describe(_ service: String, _ config: ServiceConfig, isStored: Bool = false) {
    // The usual case: the dialogue has given the known one back.
    let old = configs[service]
    guard old !== config else { return }
    let config = isStored ? config : book.shared(config, of: service)
    guard old !== config else { return }
    judgedSeries = nil
    configs[service] = config
    unmade.insert(service)
    if !isStored { book.describe(service, config, of: number) }
    let names = Set(config.graphs.map(\.name))
    // What another service brought first stays that one's.
    for graph in old?.graphs ?? []
    where !names.contains(graph.name) && graphs[graph.name]?.service == service {
      graphs.removeValue(forKey: graph.name)?.end()
    }
    for graph in config.graphs {
      if let record = graphs[graph.name] {
        guard record.service == service else { continue }  // another service was first
        record.update(graph)
      } else {
        graphs[graph.name] = GraphRecord(
          graph, service: service, host: host, settings: settings, series: series)
      }
    }
  }

  /// Forgets the services that the node has not listed for some polls in a row; one that merely fails is listed.
  /// The ledger keeps their numbers, and marks them as gone.
  /// - Returns: the names of those forgotten.
  func forgetUnlisted(_ listed: Set<String>) -> [String] {
    var removed: [String] = []
    for service in configs.keys.sorted() where !listed.contains(service) {
      unlisted[service, default: 0] += 1
      guard unlisted[service]! > UnknownLimit.standard.count else { continue }
      let names = graphs.filter { $0.value.service == service }.map(\.key).sorted()
      for name in names { graphs.removeValue(forKey: name)?.end() }
      judgedSeries = nil
      configs[service] = nil
      fetched[service] = nil
      facts.forget(service)
      book.ended(service, of: number)
      removed.append(service)
    }
    unlisted = unlisted.filter { configs[$0.key] != nil && !listed.contains($0.key) }
    return removed
  }

  /// Orders the files of a service's fields that no value has come for, once after each change of its config.
  func makeFiles(of service: String, at time: Int, into intake: inout Intake) {
    guard !unmade.isEmpty, unmade.remove(service) != nil else { return }
    for graph in configs[service]?.graphs ?? [] {
      guard let record = graphs[graph.name], record.service == service else { continue }
      record.makeFiles(at: time, into: &intake)
    }
  }

  func setFetched(_ service: String, at time: Int) { fetched[service] = time }

  /// What the next poll needs to know.
  /// - Parameter missed: how many polls in a row have failed.
  func order(now: Int, missed: Int) -> PollOrder {
    PollOrder(
      host: host,
      limits: PollLimits(
        updateRate: host.updateRate, connectTimeout: settings.connectTimeout,
        nodeTimeout: settings.nodeTimeout, isProbe: Backoff.isProbe(missed: missed)),
      isSerial: isSerial, known: configs, fresh: freshServices(now: now),
      leftOut: quarantine.isEmpty ? [] : quarantine.leftOut,
      askedLast: quarantine.isEmpty ? [] : quarantine.askedLast)
  }

  /// The services whose values are young enough not to be fetched: those with an `update_rate` of their own.
  private func freshServices(now: Int) -> Set<String> {
    let rate = host.updateRate
    var fresh: Set<String> = []
    for (name, config) in configs {
      guard let own = settings.updateRate(of: name, on: host) ?? config.updateRate, own > rate,
        let last = fetched[name]
      else { continue }
      // Half a period early is on time: polls are not exact to the second.
      if now - last < own - rate / 2 { fresh.insert(name) }
    }
    return fresh
  }

  /// The judged series of all graphs, with the rules that they are judged by.
  var judged: [(series: SeriesNumber, rules: Rules)] {
    if let judgedSeries { return judgedSeries }
    let judged = graphs.values.filter(\.isJudged).flatMap { graph in
      graph.fields.filter(\.isJudged).map { ($0.series, $0.rules) }
    }
    judgedSeries = judged
    return judged
  }

  /// Where the values of series go that are new since the last call.
  func takeTargets() -> [(series: SeriesNumber, target: FileTarget)] {
    var targets: [(series: SeriesNumber, target: FileTarget)] = []
    for graph in graphs.values where !graph.newTargets.isEmpty { targets += graph.takeTargets() }
    return targets
  }

  /// Counts the values that could not be stored, and marks their fields.
  func countLost(_ failures: [SeriesFailure]) {
    guard !failures.isEmpty else { return }
    // A node whose files are all closed has a failure for each.
    var owners: [SeriesNumber: (graph: GraphRecord, field: Int)] = [:]
    for graph in graphs.values {
      for (index, field) in graph.fields.enumerated() { owners[field.series] = (graph, index) }
    }
    for failure in failures {
      if let owner = owners[failure.series] { owner.graph.countLost(failure, field: owner.field) }
    }
  }
}
