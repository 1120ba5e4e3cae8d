public import MuninWire

/// A graph with fields that are made of fields of other graphs: borrowed by `graph_order`, added by `sum`, stacked by `stack`.
///
/// It is pure: which fields there are is for ``VirtualField/resolve(from:find:)``, how they are drawn for ``VirtualDrawing``.
public struct VirtualGraph: Sendable, Hashable {
  /// What is drawn, in munin's order: stacked fields and sums come before all others.
  enum Line: Sendable, Hashable {
    /// A field with values of its own.
    case own(String, isHidden: Bool)
    case virtual(VirtualField)
  }

  /// As munin.conf and the node describe it, with an entry for each field that is made of others.
  public let graph: Graph
  let lines: [Line]
  /// What cannot be used: the name of the field, or of the graph's attribute, and why.
  public let findings: [(attribute: String, text: String)]

  public static func == (left: VirtualGraph, right: VirtualGraph) -> Bool {
    left.graph == right.graph && left.lines == right.lines
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(graph) }

  /// The most fields of one graph that are made of others.
  static let mostFields = 300

  /// Whether some field of the graph is made of others.
  public static func isNeeded(for graph: Graph) -> Bool {
    graph.fields.contains { $0["sum"] != nil || $0["stack"] != nil }
      || graph["graph_order"]?.utf8.contains(UInt8(ascii: "=")) ?? false
  }

  /// - Parameter own: the fields that have values of their own; nil where that is not known yet.
  public init(_ graph: Graph, own: Set<String>?) {
    var reader = VirtualGraphReader(graph, own: own)
    reader.read()
    self.graph = reader.graph
    lines = reader.front + reader.rest
    findings = reader.findings
  }

  /// The fields that are made of others, in the order in which they are drawn.
  public var fields: [VirtualField] {
    lines.compactMap { if case .virtual(let field) = $0 { field } else { nil } }
  }

  /// All fields in the order in which they are drawn.
  public var order: [(name: String, virtual: VirtualField?)] {
    lines.map { line in
      switch line {
      case .own(let name, _): (name, nil)
      case .virtual(let field): (field.name, field)
      }
    }
  }

  public func field(_ name: String) -> VirtualField? { fields.first { $0.name == name } }

  /// The `cdef` of a field, in the names of the fields: where a stack's holder has one it counts for each stacked field.
  public func cdef(of field: VirtualField) -> String? {
    guard case .stacked(let holder) = field.kind else { return graph.field(field.name)?.cdef }
    let isOnlyNull = graph.field(field.name)?["onlynullcdef"]?.lowercased() ?? "no"
    guard !["yes", "1", "true", "on"].contains(isOnlyNull) else { return nil }
    return graph.field(holder)?.cdef.map {
      RPNWords.replacing(holder, in: $0, with: field.name)
    }
  }
}

/// Words of an expression in reverse Polish notation, by their names.
enum RPNWords {
  static func replacing(_ name: String, in text: String, with other: String) -> String {
    text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let word = part.drop { $0 == " " || $0 == "\t" }
      return word == name ? other : String(part)
    }.joined(separator: ",")
  }
}

private struct VirtualGraphReader {
  var graph: Graph
  var front: [VirtualGraph.Line] = []
  var rest: [VirtualGraph.Line] = []
  var findings: [(attribute: String, text: String)] = []
  private let own: Set<String>?
  private var seen: Set<String> = []
  /// The names of the fields in a stack, which come from nowhere else.
  private let stacked: Set<String>
  private var number = 0

  init(_ graph: Graph, own: Set<String>?) {
    self.graph = graph
    self.own = own
    stacked = Set(
      graph.fields.compactMap { $0["stack"] }.flatMap { list in
        list.split(whereSeparator: \.isWhitespace).map { Self.name(inStack: $0) }
      })
  }

  mutating func read() {
    for word in words("graph_sources") { read(word, isHidden: true) }
    for word in words("graph_order") {
      let isHidden = word.hasPrefix("-")
      read(isHidden ? word.dropFirst() : word, isHidden: isHidden)
    }
    // munin draws a field that graph_order does not name where it has a label, or is a stack.
    let unnamed = graph.fields.filter { !seen.contains($0.name) }
    for field in unnamed
    where field.label != nil || field["sum"] != nil || own?.contains(field.name) ?? false {
      read(field.name[...], isHidden: false)
    }
    for field in unnamed where field["stack"] != nil { read(field.name[...], isHidden: false) }
  }

  private func words(_ attribute: String) -> [Substring] {
    (graph[attribute] ?? "").split(whereSeparator: \.isWhitespace)
  }

  private mutating func read(_ word: Substring, isHidden: Bool) {
    number += 1
    if let equals = word.firstIndex(of: "=") {
      let name = Self.cleaned(word[..<equals])
      guard isNew(name) else { return }
      let path = word[word.index(after: equals)...]
      let members = paths([(word, path)], attribute: "graph_order", name)
      guard !members.isEmpty else { return }
      add(
        VirtualField(
          name: name, kind: .borrowed, members: members, isHidden: isHidden, number: number))
      return
    }
    let name = String(word)
    guard !stacked.contains(name), isNew(name), let field = graph.field(name) else { return }
    if let list = field["stack"] {
      stack(list, holder: name)
    } else if let list = field["sum"] {
      let members = paths(
        list.split(whereSeparator: \.isWhitespace).map { member in
          (member, member.firstIndex(of: "=").map { member[member.index(after: $0)...] } ?? member)
        }, attribute: "sum", name)
      guard !members.isEmpty else { return }
      add(
        VirtualField(name: name, kind: .sum, members: members, isHidden: isHidden, number: number))
    } else if own?.contains(name) ?? true {
      rest.append(.own(name, isHidden: isHidden))
    } else {
      findings.append(
        (name, "neither a field of the service, nor borrowed, nor a sum: not drawn"))
    }
  }

  private mutating func stack(_ list: String, holder: String) {
    for word in list.split(whereSeparator: \.isWhitespace) {
      let equals = word.firstIndex(of: "=")
      let name = Self.name(inStack: word)
      let path = equals.map { word[word.index(after: $0)...] } ?? word
      guard isNew(name) else { continue }
      let members = paths([(word, path)], attribute: "stack", holder)
      guard !members.isEmpty else { continue }
      add(
        VirtualField(
          name: name, kind: .stacked(holder: holder), members: members, isHidden: false,
          number: number))
    }
    for level in ["warning", "critical"] where graph.field(holder)?[level] != nil {
      findings.append((holder, "\(level): no effect at a stack: expected at one of its fields"))
    }
  }

  private mutating func add(_ field: VirtualField) {
    let count = front.count + rest.count
    guard count < VirtualGraph.mostFields else {
      if count == VirtualGraph.mostFields {
        findings.append(
          (field.name, "more than \(VirtualGraph.mostFields) fields: not drawn, nor those after it")
        )
      }
      return
    }
    if graph.field(field.name) == nil { graph.fields.append(Field(name: field.name)) }
    if case .borrowed = field.kind {
      rest.append(.virtual(field))
    } else {
      front.append(.virtual(field))
    }
  }

  private mutating func isNew(_ name: String) -> Bool {
    !name.isEmpty && seen.insert(name).inserted
  }

  /// - Parameter words: as they are written, and the paths in them.
  private mutating func paths(
    _ words: [(written: Substring, path: Substring)], attribute: String, _ name: String
  ) -> [BorrowedPath] {
    var paths: [BorrowedPath] = []
    for word in words.prefix(MemberResolution<Void>.most) {
      if let path = BorrowedPath(word.path) {
        paths.append(path)
      } else {
        let expected = (word.written == word.path ? "" : "name=") + "group;host:service.field"
        findings.append(
          (name, "\(attribute): expected \(expected), found '\(word.written.prefix(80))'"))
      }
    }
    if words.count > MemberResolution<Void>.most {
      findings.append(
        (
          name,
          "\(attribute): more than \(MemberResolution<Void>.most) members: the others do not count"
        ))
    }
    if words.isEmpty { findings.append((name, "\(attribute): names no field")) }
    return paths
  }

  private static func name(inStack word: Substring) -> String {
    cleaned(word.firstIndex(of: "=").map { word[..<$0] } ?? word)
  }

  private static func cleaned(_ name: Substring) -> String {
    let name = String(name)
    return isFieldName(name) ? name : FieldCleaning.master.clean(name)
  }
}
