internal import Inventory
internal import MuninWire
internal import RRD
internal import Settings

/// What munin.conf says of graphs that are made of fields of other graphs and cannot be meant: members that no node has, and sums that
/// refer to themselves.
struct VirtualGraphCheck {
  private struct Entry {
    let host: HostSettings
    let overrides: [MasterSettings.Override]
    let graph: VirtualGraph
  }

  /// In the order of munin.conf, each with its place: `munin.conf:12: group;host: graph: …`.
  private(set) var findings: [String] = []

  init(_ settings: MasterSettings) {
    var entries: [Entry] = []
    for host in settings.hosts {
      let overrides = settings.overrides(for: host)
      for name in VirtualGraph.names(on: host, in: overrides) {
        // What a node describes is known only when it has been polled.
        let graph = VirtualGraph(
          Graph(name: name), own: host.update ? nil : [], on: host, in: settings, overrides)
        entries.append(Entry(host: host, overrides: overrides, graph: graph))
      }
    }
    guard !entries.isEmpty else { return }
    let hosts = Dictionary(
      settings.hosts.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    var graphs: [String: VirtualGraph] = [:]
    for entry in entries { graphs["\(entry.host.path):\(entry.graph.graph.name)"] = entry.graph }
    for entry in entries { check(entry, hosts, graphs) }
  }

  private mutating func check(
    _ entry: Entry, _ hosts: [String: HostSettings], _ graphs: [String: VirtualGraph]
  ) {
    for finding in entry.graph.findings { add(finding.text, at: finding.attribute, of: entry) }
    let names = Dictionary(
      entry.graph.order.map { ($0.name, $0.name) }, uniquingKeysWith: { first, _ in first })
    for field in entry.graph.fields {
      // A node that is polled may have any field: a loop is looked for among what munin.conf itself describes.
      let described: MemberResolution<Void> = field.resolve(from: Self.place(of: entry)) {
        Self.find($0, hosts, graphs, assumesFields: false)
      }
      let assumed: MemberResolution<Void> = field.resolve(from: Self.place(of: entry)) {
        Self.find($0, hosts, graphs, assumesFields: true)
      }
      for missing in described.missing.filter({ $0.reason == .loop })
        + assumed.missing.filter({ $0.reason != .loop })
      {
        let more =
          missing.reason == .notFound
          ? ": no node of that name, or one that is not polled and has no such graph" : ""
        add("\(missing.path): \(missing.reason.rawValue)\(more)", at: field.name, of: entry)
      }
      if !entry.host.update, let cdef = entry.graph.cdef(of: field), !cdef.isEmpty,
        Expression(cdef, names: names) == nil
      {
        add(
          "cdef '\(cdef.prefix(60))' is not an expression over the fields of the graph: not drawn",
          at: field.name, of: entry)
      }
    }
  }

  private static func place(of entry: Entry) -> [String] {
    entry.host.groups + [entry.host.name]
      + entry.graph.graph.name.split(separator: ".").map(String.init)
  }

  private static func find(
    _ names: [String], _ hosts: [String: HostSettings], _ graphs: [String: VirtualGraph],
    assumesFields: Bool
  ) -> FoundField<Void>? {
    guard names.count >= 3, let field = names.last else { return nil }
    for count in (1...(names.count - 2)).reversed() {
      let path = names[..<count].joined(separator: ";")
      guard let host = hosts[path] else { continue }
      let graph = names[count..<(names.count - 1)].joined(separator: ".")
      var found = FoundField<Void>()
      if let made = graphs["\(path):\(graph)"]?.field(field) {
        found.virtual = (made, Array(names.dropLast()))
      }
      if assumesFields, host.update { found.real = () }
      if found.real != nil || found.virtual != nil { return found }
    }
    return nil
  }

  private mutating func add(_ text: String, at field: String, of entry: Entry) {
    let graph = entry.graph.graph.name
    let own = entry.overrides.filter { $0.service == graph }
    let place =
      own.first { $0.field == field && ["sum", "stack", "cdef"].contains($0.name) }
      ?? own.first {
        ["graph_order", "graph_sources"].contains($0.name) && $0.value.contains(field)
      } ?? own.first { $0.name == "stack" && $0.value.contains(field) } ?? own.first
    guard let place else { return }
    findings.append("\(place.file):\(place.line): \(entry.host.path): \(graph): \(field): \(text)")
  }
}
