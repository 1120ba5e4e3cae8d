public import MuninWire

/// Reads munin's `datafile`: what each node said of its graphs when munin-update polled it last.
///
/// A line is `group;host:service.attribute value` or `group;host:service.field.attribute value`, where the service may be nested.
/// What cannot be understood is named by its line and left out; memory is bounded by the size of the text, which is bounded too.
public struct DatafileReader: Sendable {
  /// A node and its graphs.
  public struct Node: Sendable {
    /// The groups, from the outermost inwards, and the host.
    public let path: [String]
    /// Nested ones too, in the order of their names.
    public let graphs: [Graph]

    /// `group;host`.
    public var name: String { path.joined(separator: ";") }
  }

  /// In the order of the file.
  public private(set) var nodes: [Node] = []
  /// What is wrong with it, by line; at most a hundred, the rest is counted.
  public private(set) var findings: [String] = []
  /// How many lines were left out.
  public private(set) var leftOut = 0

  /// A file of 100,000 nodes has some hundred megabytes.
  public static let largest = 1 << 30
  private static let mostNodes = 200_000
  // As much as is read of a node's own replies.
  private static let mostPlaces = 10_000
  private static let mostAttributes = 90
  private static let mostFindings = 100

  /// What is said at the places of one node, in the order of their first lines.
  fileprivate struct Draft {
    let path: [String]
    var places: [(name: String, attributes: [Attribute])] = []
    var numbers: [String: Int] = [:]
    /// The place of the line before: the next line is mostly about it too.
    var last = 0
  }

  public init(_ text: Span<UInt8>) {
    var drafts: [Draft] = []
    var numbers: [String: Int] = [:]
    /// The node of the line before.
    var last: (bytes: Range<Int>, draft: Int)?
    var position = 0
    var line = 0
    while position < text.count {
      line += 1
      var end = position
      while end < text.count, text[end] != 0x0A { end += 1 }
      let whole = position..<end
      position = end + 1
      guard !whole.isEmpty else { continue }
      if line == 1, text.extracting(whole).hasPrefix("version ") { continue }
      guard whole.count <= 65_536 else {
        add(line, "\(whole.count) bytes, expected at most 65536")
        continue
      }
      guard let colon = text.first(of: 0x3A, in: whole),
        let blank = text.first(of: 0x20, in: colon..<whole.upperBound)
      else {
        add(line, "expected group;host:service.attribute value")
        continue
      }
      let node = whole.lowerBound..<colon
      var draft: Int?
      if let last, text.isEqual(last.bytes, node) {
        draft = last.draft
      } else {
        let name = String(decoding: text.array(node), as: UTF8.self)
        draft = numbers[name]
        if draft == nil {
          let path = name.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
          guard DatafileReader.isPath(path) else {
            add(line, "expected group;host, found '\(DatafileReader.short(name))'")
            continue
          }
          guard drafts.count < DatafileReader.mostNodes else {
            add(line, "more than \(DatafileReader.mostNodes) nodes")
            continue
          }
          draft = drafts.count
          numbers[name] = drafts.count
          drafts.append(Draft(path: path))
        }
        last = draft.map { (node, $0) }
      }
      guard let draft else { continue }
      let key = String(decoding: text.array((colon + 1)..<blank), as: UTF8.self)
      let value = String(decoding: text.array((blank + 1)..<whole.upperBound), as: UTF8.self)
      if let finding = drafts[draft].add(key, value) { add(line, finding) }
    }
    for draft in drafts {
      let graphs = draft.graphs
      if !graphs.isEmpty { nodes.append(Node(path: draft.path, graphs: graphs)) }
    }
  }

  private mutating func add(_ line: Int, _ finding: String) {
    leftOut += 1
    if findings.count < DatafileReader.mostFindings { findings.append("\(line): \(finding)") }
  }

  /// The same names as in munin.conf: groups are folders, and a host is part of the name of a file.
  private static func isPath(_ path: [String]) -> Bool {
    guard (2...17).contains(path.count), let host = path.last, !host.hasPrefix("."),
      (1...200).contains(host.utf8.count)
    else { return false }
    let isHost = host.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == 0x2D || $0 == 0x2E
    }
    return isHost
      && path.dropLast().allSatisfy { group in
        group != "." && group != ".." && (1...200).contains(group.utf8.count)
          && group.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x2F && $0 != 0x7F }
      }
  }

  /// A value without control characters, and without blanks at its ends.
  fileprivate static func clean(_ value: String) -> String {
    let scalars = value.unicodeScalars.map {
      $0.properties.generalCategory == .control ? " " : $0
    }
    guard let first = scalars.firstIndex(where: { $0 != " " }),
      let last = scalars.lastIndex(where: { $0 != " " })
    else { return "" }
    return String(String.UnicodeScalarView(scalars[first...last]))
  }

  /// A text as part of a message.
  fileprivate static func short(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(40).map {
      $0.value < 0x20 || $0.value == 0x7F ? "?" : $0
    }
    return String(String.UnicodeScalarView(shown)) + (text.unicodeScalars.count > 40 ? "…" : "")
  }
}

extension DatafileReader.Draft {
  /// Takes a line.
  /// - Returns: what is wrong with it.
  fileprivate mutating func add(_ key: String, _ value: String) -> String? {
    guard let dot = key.utf8.lastIndex(of: 0x2E) else {
      return "expected service.attribute, found '\(DatafileReader.short(key))'"
    }
    let name = String(key[..<dot])
    let word = String(key[key.utf8.index(after: dot)...])
    guard isGraphName(name), isAttributeName(word) else {
      return "expected service.field.attribute, found '\(DatafileReader.short(key))'"
    }
    if word == "label", let place = name.utf8.lastIndex(of: 0x2E) {
      let field = String(name[name.utf8.index(after: place)...])
      guard FieldCleaning.master.clean(field) == field else {
        return "expected a field of letters, digits and _, found '\(DatafileReader.short(field))'"
      }
    }
    // As parts of a config these would not be attributes.
    guard !["host_name", "multigraph", "value"].contains(word) else { return nil }
    // munin writes what the plugin said; in a reply to `config`, which this becomes again, a control character cannot be.
    let clean = DatafileReader.clean(value)
    guard !clean.isEmpty else { return nil }
    if last >= places.count || places[last].name != name {
      if let known = numbers[name] {
        last = known
      } else {
        guard places.count < DatafileReader.mostPlaces else {
          return "more than \(DatafileReader.mostPlaces) graphs and fields of one node"
        }
        last = places.count
        numbers[name] = last
        places.append((name, []))
      }
    }
    guard places[last].attributes.count < DatafileReader.mostAttributes else {
      return
        "more than \(DatafileReader.mostAttributes) attributes of '\(DatafileReader.short(name))'"
    }
    places[last].attributes.append(Attribute(word, clean))
    return nil
  }

  /// The graphs: places with words of graphs, and the fields in them.
  fileprivate var graphs: [Graph] {
    var graphs: [String: Graph] = [:]
    var fields: [(graph: String, field: Field)] = []
    for place in places {
      let dot = place.name.utf8.lastIndex(of: 0x2E)
      let words = Set(place.attributes.map(\.name))
      let isGraph =
        dot == nil || words.contains { $0.hasPrefix("graph_") && $0 != "graph_data_size" }
      let isField = dot != nil && (!isGraph || words.contains("label"))
      if isGraph {
        let own = place.attributes.filter { !isField || Self.isOfGraph($0.name) }
        graphs[place.name] = Graph(name: place.name, attributes: own)
      }
      if isField, let dot {
        let name = String(place.name[place.name.utf8.index(after: dot)...])
        guard FieldCleaning.master.clean(name) == name else { continue }
        // munin-update's own; as a plugin's they would be those of this field alone.
        let own = place.attributes.filter {
          !["graph_data_size", "update_rate", "extinfo"].contains($0.name)
            && !(isGraph && Self.isOfGraph($0.name))
        }
        guard !own.isEmpty else { continue }
        fields.append((String(place.name[..<dot]), Field(name: name, attributes: own)))
      }
    }
    for (graph, field) in fields { graphs[graph]?.fields.append(field) }
    return graphs.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      .compactMap { graph in
        guard !graph.fields.isEmpty else { return nil }
        var graph = graph
        let order = Dictionary(
          (graph["graph_order"] ?? "").split(separator: " ").enumerated().map {
            (String($1), $0)
          }, uniquingKeysWith: { first, _ in first })
        graph.fields.sort {
          (order[$0.name] ?? .max, $0.name) < (order[$1.name] ?? .max, $1.name)
        }
        return graph
      }
  }

  private static func isOfGraph(_ word: String) -> Bool {
    word.hasPrefix("graph_") || ["update_rate", "update", "notify_alias"].contains(word)
  }
}

extension Span<UInt8> {
  fileprivate func first(of byte: UInt8, in range: Range<Int>) -> Int? {
    for index in range where self[index] == byte { return index }
    return nil
  }

  fileprivate func hasPrefix(_ text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] {
      return false
    }
    return true
  }

  fileprivate func isEqual(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
    guard one.count == other.count else { return false }
    for index in 0..<one.count
    where self[one.lowerBound + index] != self[other.lowerBound + index] { return false }
    return true
  }

  fileprivate func array(_ range: Range<Int>) -> [UInt8] {
    extracting(range).withUnsafeBufferPointer { Array($0) }
  }
}
