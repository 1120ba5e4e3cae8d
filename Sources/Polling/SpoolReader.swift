internal import Inventory
internal import MuninWire

/// Understands the reply to `spoolfetch`, a piece at a time: what munin-asyncd has collected while nobody asked.
///
/// The reply has the blocks of one plugin after those of the other, each with its config and with values that carry their
/// times. Only the newest config of a graph is kept, and the values are handed over as soon as there are many, so that a
/// backlog of any size needs little memory.
struct SpoolReader: Sendable {
  enum Bound {
    /// As many bytes of values are handed over together.
    static let part = 256 << 10
    /// What may be kept at most.
    static let whole = 8 << 20
    static let graphs = 10_000
  }

  fileprivate struct Part {
    var config: [UInt8] = []
    var values: [UInt8] = []
    /// Whether values came since its config did.
    var hasValues = false
    /// Whether the next line of its config is the first of a newer block.
    var isNew = false
  }

  /// The graphs of a service, in the order they came first.
  fileprivate struct Service {
    var names: [String] = []
    var parts: [String: Part] = [:]
  }

  private var services: [String: Service] = [:]
  private var order: [String] = []
  private var service = ""
  private var graph = ""
  private var size = 0
  private var graphs = 0
  /// Lines that could not be understood.
  private(set) var faults = 0
  /// Whether there is enough to hand over, and no block is cut in two by that.
  private(set) var isFull = false
  /// Whether more is kept than may be.
  private(set) var isOverfull = false

  /// Takes a line without its end.
  mutating func read(_ line: Span<UInt8>) {
    guard line.count > 0 else { return }
    if line.hasPrefix("multigraph ") { return begin(line.extracting(11..<line.count)) }
    guard !graph.isEmpty else {
      if line[0] != 0x23 { faults += 1 }
      return
    }
    size += line.count + 1
    if size > Bound.whole { isOverfull = true }
    services[service]?.parts[graph]?.add(line)
  }

  /// A line `multigraph NAME`: the graphs `disk` and `disk.sda` belong to one service.
  private mutating func begin(_ name: Span<UInt8>) {
    var words = WordReader()
    graph = words.next(in: name).map { String(copying: name.extracting($0)) } ?? ""
    guard isGraphName(graph) else {
      graph = ""
      faults += 1
      return
    }
    let root = graph.split(separator: ".", maxSplits: 1)[0]
    let isOther = service != root
    if isOther { service = String(root) }
    if services[service] == nil {
      services[service] = Service()
      order.append(service)
    }
    if services[service]?.parts[graph] == nil {
      graphs += 1
      if graphs > Bound.graphs { isOverfull = true }
      services[service]?.parts[graph] = Part()
      services[service]?.names.append(graph)
    }
    let hasValues = services[service]?.parts[graph]?.hasValues == true
    services[service]?.parts[graph]?.isNew = hasValues
    // A block ends where another service begins, or the first graph of this one again.
    if size > Bound.part, isOther || hasValues && services[service]?.names.first == graph {
      isFull = true
    }
  }

  /// What was read since the last call, as the services' answers.
  /// - Parameters:
  ///   - known: what the services said last.
  ///   - now: seconds since 1970.
  mutating func takeServices(
    known: [String: ServiceConfig], now: Int
  ) -> (services: [PolledService], newest: Int, faults: [String]) {
    var polled: [PolledService] = []
    var newest = 0
    var told: [String] = []
    for name in order {
      guard let service = services[name] else { continue }
      var answer = PolledService(name: name)
      let config = service.join(\.config)
      if let old = known[name], config.isEmpty || old.isSame(as: config.span) {
        answer.config = old
      } else if !config.isEmpty {
        let parsed = ConfigAnswer(config.span, service: name)
        told += ServiceConfig.told(parsed.faults).map { "config \(name): \($0)" }
        if !parsed.graphs.isEmpty {
          answer.config = ServiceConfig(config.span, parsed, service: name)
        }
      }
      if answer.config == nil { answer.trouble = "no config in the spool" }
      let fetch = FetchAnswer(service.join(\.values).span, service: name)
      told += ServiceConfig.told(fetch.faults).map { "values of \(name): \($0)" }
      answer.values = fetch.graphs
      answer.readTime = now
      for graph in fetch.graphs {
        for value in graph.values { newest = max(newest, value.reading.time ?? 0) }
      }
      polled.append(answer)
    }
    if faults > 0 { told.append("spool: \(faults) lines outside of any graph") }
    self = SpoolReader(service: service, graph: graph)
    return (polled, newest, told)
  }

  init() {}

  /// The block that begins now goes on.
  private init(service: String, graph: String) {
    guard !graph.isEmpty else { return }
    self.service = service
    self.graph = graph
    order = [service]
    services[service] = Service(names: [graph], parts: [graph: Part()])
    graphs = 1
  }
}

extension SpoolReader.Part {
  fileprivate mutating func add(_ line: Span<UInt8>) {
    if isValue(line) {
      line.withUnsafeBufferPointer { values.append(contentsOf: $0) }
      values.append(0x0A)
      hasValues = true
      return
    }
    if isNew {
      config = []
      isNew = false
      hasValues = false
    }
    line.withUnsafeBufferPointer { config.append(contentsOf: $0) }
    config.append(0x0A)
  }

  /// Whether a line is `field.value …` or `field.extinfo …`, what a fetch answers.
  private func isValue(_ line: Span<UInt8>) -> Bool {
    guard let dot = line.firstIndex(of: 0x2E, from: 0) else { return false }
    let rest = line.extracting((dot + 1)..<line.count)
    return rest.hasPrefix("value ") || rest.hasPrefix("extinfo ")
  }
}

extension SpoolReader.Service {
  /// One reply of all graphs.
  fileprivate func join(_ bytes: KeyPath<SpoolReader.Part, [UInt8]>) -> [UInt8] {
    var reply: [UInt8] = []
    for name in names {
      guard let part = parts[name], !part[keyPath: bytes].isEmpty else { continue }
      reply += "multigraph \(name)\n".utf8
      reply += part[keyPath: bytes]
    }
    return reply
  }
}
