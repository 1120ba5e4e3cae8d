internal import EventLoop
internal import Inventory
internal import Limits
internal import Logbook
internal import MuninWire
internal import RRD
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
  private(set) var health = NodeHealth()
  var isPolling = false
  /// Whether a task polls it when it is due.
  var isScheduled = false
  /// Whether munin.conf no longer names it.
  var isRetired = false
  /// One request at a time, because pipelining failed once.
  var isSerial = false
  /// Whether the log says so: while a node fails either way, both are tried in turn, and that is told once.
  var isSerialTold = false
  var duration: Double?
  /// Why values of the last poll could not be written, where the disk is the reason.
  var writeTrouble: String?
  /// When each service was fetched last, in seconds since 1970.
  private var fetched: [String: Int] = [:]
  /// In how many polls in a row each known service was not listed.
  private var unlisted: [String: Int] = [:]
  /// The facts in force about its replies, files and graphs, so that each is logged once.
  var facts = OnceLog<String>()
  /// The states read from the ledger, until their graphs appear.
  private var stored: [StateKey: StoredState] = [:]

  init(host: HostSettings, settings: MasterSettings) {
    self.host = host
    self.settings = settings
  }

  var path: String { host.path }

  /// Goes on under other settings; what is known of the node stays.
  func change(host: HostSettings, settings: MasterSettings) {
    self.host = host
    self.settings = settings
    isSerial = false
    for graph in graphs.values { graph.change(host: host, settings: settings) }
  }

  /// Takes over what a former run left.
  func restore(
    health: NodeHealth, configs: [(service: String, bytes: [UInt8])],
    states: [StateKey: StoredState]
  ) {
    self.health = health
    stored = states
    for (service, bytes) in configs {
      let answer = ConfigAnswer(bytes.span, service: service)
      if !answer.graphs.isEmpty { describe(service, ServiceConfig(bytes.span, answer)) }
    }
  }

  /// Sets what a service says of its graphs.
  /// - Returns: whether it is another config than before.
  @discardableResult
  func describe(_ service: String, _ config: ServiceConfig) -> Bool {
    let old = configs[service]
    guard old !== config else { return false }
    configs[service] = config
    let names = Set(config.graphs.map(\.name))
    // What another service brought first stays that one's.
    for graph in old?.graphs ?? []
    where !names.contains(graph.name) && graphs[graph.name]?.service == service {
      graphs[graph.name] = nil
    }
    for graph in config.graphs {
      if let record = graphs[graph.name] {
        guard record.service == service else { continue }  // another service was first
        record.update(graph)
      } else {
        let record = GraphRecord(graph, service: service, host: host, settings: settings)
        record.restore(from: &stored)
        graphs[graph.name] = record
      }
    }
    return true
  }

  /// Forgets the services that the node has not listed for some polls in a row; one that merely fails is listed.
  /// - Returns: what was forgotten.
  func forgetUnlisted(_ listed: Set<String>) -> [Store.Removal] {
    var removed: [Store.Removal] = []
    for service in configs.keys.sorted() where !listed.contains(service) {
      unlisted[service, default: 0] += 1
      guard unlisted[service]! > UnknownLimit.standard.count else { continue }
      let names = graphs.filter { $0.value.service == service }.map(\.key).sorted()
      for name in names { graphs[name] = nil }
      configs[service] = nil
      fetched[service] = nil
      facts.forget(service)
      removed.append(Store.Removal(service: service, graphs: names))
    }
    unlisted = unlisted.filter { configs[$0.key] != nil && !listed.contains($0.key) }
    return removed
  }

  func setFetched(_ service: String, at time: Int) { fetched[service] = time }

  /// What the next poll needs to know.
  func order(now: Int) -> PollOrder {
    PollOrder(
      host: host, connectTimeout: settings.connectTimeout, nodeTimeout: settings.nodeTimeout,
      isSerial: isSerial, known: configs, fresh: freshServices(now: now))
  }

  /// The services whose values are young enough not to be fetched: those with an `update_rate` of their own.
  private func freshServices(now: Int) -> Set<String> {
    let rate = settings.updateRate
    var fresh: Set<String> = []
    for (name, config) in configs {
      guard let own = config.updateRate, own > rate, let last = fetched[name] else { continue }
      // Half a period early is on time: polls are not exact to the second.
      if now - last < own - rate / 2 { fresh.insert(name) }
    }
    return fresh
  }

  /// Counts the values that the writer could not store, and marks their fields.
  func countLost(_ failures: [RRDFailure]) {
    // A node whose files are all closed has a failure for each.
    var owners: [String: (graph: GraphRecord, field: Int)] = [:]
    for graph in graphs.values {
      for (index, field) in graph.fields.enumerated() { owners[field.path] = (graph, index) }
    }
    for failure in failures {
      if let owner = owners[failure.path] { owner.graph.countLost(failure, field: owner.field) }
    }
  }

  // MARK: - Health

  /// Changes the health and returns the change to announce.
  /// - Parameter tolerated: how many failures in a row are not announced.
  func observe(_ trouble: String?, now: Int, tolerated: Int) -> NodeHealth.Change? {
    health.observe(trouble, now: now, tolerated: tolerated)
  }

  func setIncident(_ id: String?) { health.incident = id }
}
