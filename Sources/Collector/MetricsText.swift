public import EventLoop
internal import Incidents
internal import Limits
internal import MuninWire
internal import Recording
internal import Settings
internal import Text

/// Everything that is known as a text of OpenMetrics, in parts: the newest value of every field, how the nodes answer, and the collector's
/// own health.
///
/// All samples of a family stand together, as the format demands, so the nodes are gone through once for each family about them. A node
/// that comes or goes meanwhile is in some families and not in others; nothing is in one twice.
@LoopActor
public final class MetricsText {
  private let collector: Collector
  private let nodes: [NodeRecord]
  private var family = 0
  private var index = 0
  /// The node that is being written, and how many of its graphs or services are: one may have thousands.
  private var view: NodeView?
  private var graph = 0

  /// The length of a part: about a thousand samples, a few milliseconds of work.
  static let part = 64 << 10

  init(_ collector: Collector) {
    self.collector = collector
    nodes = collector.nodes
  }

  private enum About {
    case field((FieldView) -> Double?)
    case node((Collector, NodeRecord) -> Double?)
    case service((ServiceTimes, Int) -> Double?)
  }

  private struct Family {
    let name: String
    let sample: StaticString
    let kind: OpenMetrics.Kind
    var unit: String?
    let help: String
    let about: About
  }

  private static let families: [Family] = [
    Family(
      name: "apus_field_value", sample: "apus_field_value", kind: .gauge,
      help:
        "The newest value of a field, per second for counters; missing while it is unknown or too old.",
      about: .field { $0.value }),
    Family(
      name: "apus_field_level", sample: "apus_field_level", kind: .gauge,
      help: "The level of a field with limits: 0 ok, 1 warning, 2 critical, 3 unknown.",
      about: .field { field in
        field.isJudged ? Double(field.level.muninNumber) : nil
      }),
    Family(
      name: "apus_node_up", sample: "apus_node_up", kind: .gauge,
      help: "Whether the last poll of a node was answered.",
      about: .node { collector, node in
        let reach = collector.reach(of: node.number)
        guard reach.lastAnswer != nil || reach.trouble != nil else { return nil }
        return reach.trouble == nil ? 1 : 0
      }),
    Family(
      name: "apus_node_last_answer_timestamp_seconds",
      sample: "apus_node_last_answer_timestamp_seconds", kind: .gauge, unit: "seconds",
      help: "When a node has answered last.",
      about: .node { collector, node in
        collector.reach(of: node.number).lastAnswer.map(Double.init)
      }),
    Family(
      name: "apus_node_poll_duration_seconds", sample: "apus_node_poll_duration_seconds",
      kind: .gauge, unit: "seconds", help: "How long the last answered poll of a node took.",
      about: .node { _, node in node.duration }),
    Family(
      name: "apus_service_duration_seconds", sample: "apus_service_duration_seconds",
      kind: .gauge, unit: "seconds",
      help: "How long the answers of a service were waited for when it was asked last.",
      about: .service { times, index in
        times.seconds[index] > 0 ? Double(times.seconds[index]) : nil
      }),
    Family(
      name: "apus_node_polls", sample: "apus_node_polls_total", kind: .counter,
      help: "Polls of a node since the start.",
      about: .node { _, node in Double(node.counts.polls) }),
    Family(
      name: "apus_node_poll_failures", sample: "apus_node_poll_failures_total", kind: .counter,
      help: "Polls that a node did not answer.",
      about: .node { _, node in Double(node.counts.failures) }),
    Family(
      name: "apus_node_polls_missed", sample: "apus_node_polls_missed_total", kind: .counter,
      help: "Polls left out because the one before took longer than a period.",
      about: .node { _, node in Double(node.counts.missed) }),
  ]

  /// How many nodes are gone through for a part at most: most of them may have nothing in a family.
  private static let nodesInAPart = 32

  /// The next part, which may be empty; nil after the last one.
  public func next() -> [UInt8]? {
    guard family <= Self.families.count else { return nil }
    var seen = 0
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.part + 4096)
    while family < Self.families.count {
      let about = Self.families[family]
      if index == 0, view == nil, graph == 0 {
        OpenMetrics.head(about.name, about.kind, unit: about.unit, help: about.help, to: &bytes)
      }
      while index < nodes.count {
        if write(about, of: nodes[index], to: &bytes) { index += 1 }
        seen += 1
        if bytes.count >= Self.part || seen == Self.nodesInAPart { return bytes }
      }
      family += 1
      index = 0
    }
    collector.writeHealth(to: &bytes)
    bytes += OpenMetrics.end.utf8
    family += 1
    return bytes
  }

  /// - Returns: whether the node is at its end.
  private func write(_ family: Family, of node: NodeRecord, to bytes: inout [UInt8]) -> Bool {
    let place = [
      (name: "group", value: node.host.groups.joined(separator: ";")),
      (name: "host", value: node.host.name),
    ]
    switch family.about {
    case .node(let value):
      if node.host.update, let value = value(collector, node) {
        OpenMetrics.sample(family.sample, OpenMetrics.labels(place), value, to: &bytes)
      }
      return true
    case .service(let value):
      let times = node.serviceTimes
      while node.host.update, graph < times.names.count {
        if let value = value(times, graph) {
          let labels = OpenMetrics.labels(place + [(name: "service", value: times.names[graph])])
          OpenMetrics.sample(family.sample, labels, value, to: &bytes)
        }
        graph += 1
        if bytes.count >= Self.part { return false }
      }
      graph = 0
      return true
    case .field(let value):
      let view = view ?? collector.view(of: node)
      self.view = view
      while graph < view.graphs.count {
        let graph = view.graphs[self.graph]
        self.graph += 1
        for field in graph.fields {
          guard let value = value(field) else { continue }
          let labels = OpenMetrics.labels(
            place + [
              (name: "service", value: graph.graph.name), (name: "field", value: field.name),
            ])
          OpenMetrics.sample(family.sample, labels, value, to: &bytes)
        }
        if bytes.count >= Self.part { return false }
      }
      self.view = nil
      self.graph = 0
      return true
    }
  }
}

extension Collector {
  /// Everything that is known, for `/metrics`, part by part.
  public func metrics() -> MetricsText {
    evaluateForPages(now: clock.epoch)
    return MetricsText(self)
  }

  func view(of node: NodeRecord) -> NodeView {
    node.view(alerts, at: clock.epoch)
  }

  /// The collector's own health.
  fileprivate func writeHealth(to bytes: inout [UInt8]) {
    func gauge(_ name: StaticString, unit: String? = nil, _ help: String, _ value: Double?) {
      guard let value else { return }
      OpenMetrics.head("\(name)", .gauge, unit: unit, help: help, to: &bytes)
      OpenMetrics.sample(name, [], value, to: &bytes)
    }
    gauge(
      "apus_collector_start_timestamp_seconds", unit: "seconds", "When the collector was started.",
      Double(started))
    gauge("apus_collector_nodes", "Nodes of munin.conf.", Double(nodes.count))
    gauge(
      "apus_collector_last_poll_timestamp_seconds", unit: "seconds",
      "When the last poll of any node ended.", lastPoll.map(Double.init))
    let stretches = EventLoop.main.longestStretches
    gauge(
      "apus_loop_longest_stretch_seconds", unit: "seconds",
      "The longest time in the last minute or two for which the event loop did not look at its events.",
      stretches.recent / .seconds(1))
    gauge(
      "apus_loop_longest_stretch_ever_seconds", unit: "seconds",
      "The same since the start.", stretches.ever / .seconds(1))
    let own = EventLoop.main.longestOwnStretches
    gauge(
      "apus_loop_longest_own_stretch_seconds", unit: "seconds",
      "The same in the last minute or two, without the time for which the loop waited for a core.",
      own.recent / .seconds(1))
    gauge(
      "apus_loop_longest_own_stretch_ever_seconds", unit: "seconds",
      "The same since the start.", own.ever / .seconds(1))
    let waiting = recorder.waiting
    gauge(
      "apus_journal_rows", "Polls in the journal that are not in the RRD files yet.",
      Double(waiting.rows))
    gauge(
      "apus_journal_bytes", unit: "bytes", "What those polls hold in memory.",
      Double(waiting.bytes))
    gauge(
      "apus_journal_oldest_timestamp_seconds", unit: "seconds",
      "When the oldest of those polls was.", waiting.since.flatMap { $0 > 0 ? Double($0) : nil })
    gauge(
      "apus_mails_waiting", "Mails that wait for their delivery.", Double(mails.waiting))
    gauge("apus_mails_failed", "Mails whose delivery was given up.", Double(mails.failed))
    gauge(
      "apus_storage_troubles",
      "Reasons for which values or messages cannot be kept: a full disk, a ledger that cannot be written.",
      Double(storageTroubles.count))
    OpenMetrics.head(
      "apus_values_repeated", .counter,
      help: "Values that were not newer than those before: the node repeats them.", to: &bytes)
    OpenMetrics.sample("apus_values_repeated_total", [], Double(repeatedValues), to: &bytes)
    OpenMetrics.head(
      "apus_values_lost", .counter, help: "Values that did not get into a file since the start.",
      to: &bytes)
    for (reason, count) in lost.byReason {
      OpenMetrics.sample(
        "apus_values_lost_total", OpenMetrics.labels([("reason", reason)]), Double(count),
        to: &bytes)
    }
  }
}

extension LostValues {
  /// The counters by the word of their reason.
  var byReason: [(reason: String, count: Int)] {
    [
      ("closed_file", closedFiles), ("impossible_time", impossibleTimes), ("malformed", malformed),
      ("unstorable", unstorable), ("refused", refused), ("unwritten", unwritten),
      ("undescribed", undescribed),
    ]
  }
}
