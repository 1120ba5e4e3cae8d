internal import EventLoop
internal import Limits
internal import MuninWire
internal import RRD
internal import Settings

/// What the collector remembers of one node between polls.
@LoopActor
final class NodeRecord {
  let host: HostSettings
  private let settings: MasterSettings
  /// The plugins' configs as they came last.
  private(set) var configs: [String: ServiceConfig] = [:]
  /// The graphs by name, of all plugins.
  private(set) var graphs: [String: GraphRecord] = [:]
  private(set) var health = NodeHealth()
  var isPolling = false
  /// One request at a time, because pipelining failed once.
  var isSerial = false
  var duration: Double?
  /// When each plugin was fetched last, in seconds since 1970.
  private(set) var fetched: [String: Int] = [:]
  /// In how many polls in a row each known plugin was not listed.
  private var unlisted: [String: Int] = [:]
  /// The troubles logged last, so that each is logged once.
  private(set) var troubles: [String: String] = [:]
  /// The states read from the ledger, until their graphs appear.
  private var stored: [StateKey: StoredState] = [:]

  init(host: HostSettings, settings: MasterSettings) {
    self.host = host
    self.settings = settings
  }

  /// Takes over what a former run left.
  func restore(
    health: NodeHealth, configs: [(plugin: String, bytes: [UInt8])], states: [StateKey: StoredState]
  ) {
    self.health = health
    stored = states
    for (plugin, bytes) in configs {
      let answer = ConfigAnswer(bytes.span, service: plugin)
      if !answer.graphs.isEmpty { learn(plugin, ServiceConfig(bytes.span, answer)) }
    }
  }

  /// Takes over what a plugin says of itself.
  /// - Returns: whether it is news.
  @discardableResult
  func learn(_ plugin: String, _ config: ServiceConfig) -> Bool {
    let old = configs[plugin]
    guard old !== config else { return false }
    configs[plugin] = config
    let names = Set(config.graphs.map(\.name))
    // What another plugin brought first stays that one's.
    for graph in old?.graphs ?? []
    where !names.contains(graph.name) && graphs[graph.name]?.plugin == plugin {
      graphs[graph.name] = nil
    }
    for graph in config.graphs {
      if let record = graphs[graph.name] {
        guard record.plugin == plugin else { continue }  // another plugin was first
        record.update(graph)
      } else {
        let record = GraphRecord(graph, plugin: plugin, host: host, settings: settings)
        record.restore(from: &stored)
        graphs[graph.name] = record
      }
    }
    return true
  }

  /// Forgets the plugins that the node has not listed for some polls in a row; one that merely fails is listed.
  /// - Returns: what was forgotten: the plugin and its graphs.
  func forgetUnlisted(_ listed: Set<String>) -> [Store.Removal] {
    var removed: [Store.Removal] = []
    for plugin in configs.keys.sorted() where !listed.contains(plugin) {
      unlisted[plugin, default: 0] += 1
      guard unlisted[plugin]! > Thresholds.defaultUnknownLimit else { continue }
      let names = graphs.filter { $0.value.plugin == plugin }.map(\.key).sorted()
      for name in names { graphs[name] = nil }
      configs[plugin] = nil
      fetched[plugin] = nil
      troubles[plugin] = nil
      removed.append(Store.Removal(plugin: plugin, services: names))
    }
    unlisted = unlisted.filter { configs[$0.key] != nil && !listed.contains($0.key) }
    return removed
  }

  func noteFetched(_ plugin: String, at time: Int) { fetched[plugin] = time }

  /// Changes the health and returns the change to announce.
  func observe(_ trouble: String?, now: Int, patience: Int) -> NodeHealth.Change? {
    health.observe(trouble, now: now, patience: patience)
  }

  /// Whether a trouble is news; remembers it.
  func isNews(_ trouble: String?, of subject: String) -> Bool {
    guard troubles[subject] != trouble else { return false }
    troubles[subject] = trouble
    return true
  }

  func setIncident(_ id: String?) { health.incident = id }

  var path: String { host.path }
}

/// Whether a node answers, as a value.
struct NodeHealth: Sendable, Equatable {
  /// The end of the last poll that brought an answer.
  var lastAnswer: Int?
  var trouble: String?
  var troubleSince: Int?
  var missed = 0
  /// Whether its silence has been announced.
  var isAnnounced = false
  /// What its mails belong to.
  var incident: String?

  enum Change: Equatable {
    case lost(trouble: String, since: Int)
    case found(after: Int)
  }

  /// Takes the end of a poll: `nil` for an answer.
  /// - Parameter patience: how many failures in a row are tolerated.
  mutating func observe(_ trouble: String?, now: Int, patience: Int) -> Change? {
    guard let trouble else {
      let since = troubleSince ?? now
      let change = isAnnounced ? Change.found(after: now - since) : nil
      self = NodeHealth(lastAnswer: now, incident: incident)
      return change
    }
    if self.trouble == nil { troubleSince = now }
    self.trouble = trouble
    missed += 1
    guard missed > patience, !isAnnounced else { return nil }
    isAnnounced = true
    return .lost(trouble: trouble, since: troubleSince ?? now)
  }
}
