import Incidents
import Limits
import MuninWire
import Settings

@testable import Collector

/// Plays a story of values through the collector's own stages, in the manner of munin-limits.
struct LimitsPlayer {
  /// Where the commands of the stories are.
  let commands: String
  private var settings = MasterSettings()
  private var services: [String: [String: [String]]] = [:]
  private var stages = AlertStages()
  private var time = 1_750_000_000
  private var silent: Set<String> = []
  /// `g;h:load`.
  private var failing: Set<String> = []
  private var nodes: [String: NodeNumber] = [:]
  private var firstNode: String?
  private var series: [String: SeriesNumber] = [:]
  private var graphs: [Watched] = []
  /// The levels of the last run.
  private var levels: [SeriesNumber: Level] = [:]

  /// A graph with its judged fields.
  private struct Watched {
    let host: HostSettings
    let graph: Graph
    let judged: [(field: Field, series: SeriesNumber)]
  }

  init(commands: String) { self.commands = commands }

  /// What is started in each run.
  mutating func play(_ story: LimitsStory) throws -> [[MuninRound.Delivery]] {
    var runs: [[MuninRound.Delivery]] = []
    for step in story.steps {
      switch step {
      case .conf(let text): try configure(text)
      case .service(let node, let name, let lines):
        firstNode = firstNode ?? node
        services[node, default: [:]][name] = lines
      case .gone(let node, let name): services[node]?[name] = nil
      case .reach(let node, let answers):
        if answers { silent.remove(node) } else { silent.insert(node) }
      case .plugin(let node, let name, let works):
        if works { failing.remove("\(node):\(name)") } else { failing.insert("\(node):\(name)") }
      case .run(let after, let values):
        time += after
        runs.append(try run(values))
      }
    }
    return runs
  }

  private mutating func configure(_ text: String) throws {
    // The folders are the driver's.
    var lines = text.split(separator: "\n").map(String.init)
    lines.removeAll { $0.hasPrefix("dbdir") || $0.hasPrefix("includedir") }
    for folder in ["/usr/bin/", "/usr/sbin/"] {
      lines = lines.map { $0.replacing(folder, with: commands + "/") }
    }
    let file = "munin_compatible yes\n" + lines.map { $0 + "\n" }.joined()
    let parsed = MasterSettings.parse([SettingsFile(name: "munin.conf", text: file)])
    guard parsed.problems.isEmpty else { throw Trouble("\(parsed.problems)") }
    settings = parsed.settings
  }

  // MARK: What is watched

  private var facts: AlertFacts {
    AlertFacts(node: { _ in nil }, service: { _, _ in nil }, series: { _ in nil })
  }

  private mutating func look() throws {
    graphs = []
    for (path, services) in services.sorted(by: { $0.key < $1.key }) {
      guard let host = settings.hosts.first(where: { $0.path == path }) else {
        throw Trouble("\(path) is not in munin.conf")
      }
      let names = services.keys.sorted()
      let reply = names.flatMap { ["multigraph \($0)"] + services[$0]! }
        .map { $0 + "\n" }.joined()
      let answer = ConfigAnswer(Array(reply.utf8).span, service: "story")
      for graph in answer.graphs { graphs.append(watch(graph, host)) }
    }
    let seen = Set(graphs.flatMap { $0.judged.map(\.series) })
    for gone in series.filter({ !seen.contains($0.value) }) {
      _ = stages.remove(nil, series: [gone.value], at: time, facts: facts)
      levels[gone.value] = nil
    }
  }

  private mutating func watch(_ given: Graph, _ host: HostSettings) -> Watched {
    let overrides = GraphOverrides(given, host: host, settings: settings)
    let graph = overrides.graph
    let facts = GraphFacts(graph)
    var judged: [(Field, SeriesNumber)] = []
    let shown = graph.order.compactMap { graph.field($0) }
    let hidden = graph.fields.filter { field in !shown.contains { $0.name == field.name } }
    for field in shown + hidden {
      let index = graph.fields.firstIndex { $0.name == field.name }!
      let rules = RuleBook.rules(for: FieldFacts(index, of: facts, type: field.type)) { word in
        overrides.source(of: word, field: index)
      }.rules
      let number = number(of: "\(host.path):\(graph.name).\(field.name)")
      _ = stages.set([(number, rules)], at: time, facts: self.facts)
      if rules == nil { levels[number] = nil } else { judged.append((field, number)) }
    }
    return Watched(host: host, graph: graph, judged: judged)
  }

  private mutating func number(of field: String) -> SeriesNumber {
    if let known = series[field] { return known }
    let number = SeriesNumber(UInt32(series.count + 1))
    series[field] = number
    return number
  }

  // MARK: Runs

  private mutating func run(_ values: [LimitsStory.Value]) throws -> [MuninRound.Delivery] {
    try look()
    for path in services.keys.sorted() {
      let node = nodes[path] ?? NodeNumber(UInt32(nodes.count + 1))
      nodes[path] = node
      var samples: [JudgedSample] = []
      for value in values {
        let field = value.field.contains(":") ? value.field : "\(firstNode!):\(value.field)"
        guard field.hasPrefix(path + ":") else { continue }
        guard let sample = Sample(time: time - value.age, text: value.text) else {
          throw Trouble("\(value.text) is no value")
        }
        samples.append(JudgedSample(number(of: field), ValueCell(sample)))
      }
      let graphs = graphs.filter { $0.host.path == path }
      func series(_ graphs: [Watched]) -> [SeriesNumber] {
        graphs.flatMap { $0.judged.map(\.series) }
      }
      if silent.contains(path) {
        _ = stages.missed(
          node, NodeFault(words: "no answer"), judging: series(graphs), at: time, facts: facts)
        continue
      }
      let failed = graphs.filter { failing.contains("\(path):\($0.graph.name)") }
      let sound = graphs.filter { !failing.contains("\(path):\($0.graph.name)") }
      _ = stages.polled(
        AlertStages.Poll(
          node: node, samples: samples, asked: series(sound), failed: series(failed),
          faults: failed.map { ServiceFault(service: $0.graph.name, words: "# Bad exit") }),
        at: time, facts: facts)
    }
    var round = MuninRound(settings)
    for watched in graphs where !watched.judged.isEmpty {
      let judge = stages.judge
      let members = watched.judged.map { field, series in
        MuninService.Member(
          field, level: judge.level(of: series), was: levels[series],
          value: judge.value(of: series), rules: judge.rules(of: series)!)
      }
      for (_, series) in watched.judged { levels[series] = judge.level(of: series) }
      let around = graphs.filter {
        $0.host.path == watched.host.path && watched.graph.name.hasPrefix($0.graph.name + ".")
      }
      let service = MuninService(
        watched.graph, around: around.map(\.graph), members: members, host: watched.host,
        settings: settings)
      if let service { round.add(service) }
    }
    return round.deliveries
  }
}
