/// A config answer while its lines are read.
struct ConfigDraft {
  private(set) var graphs: [Graph]
  private(set) var faults = FaultList()
  private(set) var refusal: Refusal?
  private(set) var hostName: String?
  private var indexes: [Index] = [Index()]
  private var graphNumbers: [String: Int]
  /// The graph the lines are about; `nil` below a `multigraph` line that was refused.
  private var current: Int? = 0
  /// The field the last line was about: mostly the next line is about it too.
  private var lastField = 0
  private var fieldCount = 0

  /// Where the names of a graph are, and in which line each came first.
  private struct Index {
    var line = 1
    var fields: [String: Int] = [:]
    var fieldLines: [Int] = []
  }

  init(service: String) {
    graphs = [Graph(name: service)]
    graphNumbers = [service: 0]
  }

  /// Reads one line of the reply.
  mutating func read(_ line: Range<Int>, number: Int, of reply: Span<UInt8>) {
    guard line.count <= WireBounds.line else {
      return faults.add(number, "\(line.count) bytes, expected at most \(WireBounds.line)")
    }
    switch ReplyLine(line, in: reply) {
    case .nothing: break
    case .refusal(let reason): refusal = reason
    case .multigraph(let name): begin(reply.extracting(name), line: number)
    case .service(let attribute, let value):
      describe(reply.extracting(attribute), reply.extracting(value), line: number)
    case .field(let name, let attribute, let value):
      guard let field = field(reply.extracting(name), line: number) else { return }
      if reply.extracting(attribute).isEqual(to: "value") {
        read(reply.extracting(value), for: field, line: number)
      } else if !value.isEmpty {
        describe(field, reply.extracting(attribute), reply.extracting(value), line: number)
      }
    }
  }

  /// Drops graphs and fields of which nothing was said, and names what is missing in the others.
  mutating func finish() {
    for (number, index) in indexes.enumerated() {
      for (field, line) in zip(graphs[number].fields, index.fieldLines)
      where !field.isMentionedOnly && field.label == nil {
        faults.add(line, "field '\(field.name)' has no label")
      }
      graphs[number].fields.removeAll(where: \.isMentionedOnly)
      if !graphs[number].fields.isEmpty, graphs[number]["graph_title"] == nil {
        faults.add(index.line, "graph '\(graphs[number].name)' has no graph_title")
      }
    }
    graphs.removeAll { graph in
      graph.fields.isEmpty && graph.attributes.allSatisfy { $0.name == "host_name" }
    }
  }
}

extension Field {
  /// Whether nothing is known but the name.
  fileprivate var isMentionedOnly: Bool { attributes.isEmpty && readings.isEmpty }
}

extension ConfigDraft {
  /// A line `multigraph NAME`. A name that came before goes on.
  private mutating func begin(_ name: Span<UInt8>, line: Int) {
    current = nil
    guard isGraphName(name) else {
      return faults.add(line, "multigraph name \(excerpt(name)) is not allowed")
    }
    let text = String(copying: name)
    if let known = graphNumbers[text] {
      current = known
    } else if graphs.count < WireBounds.graphs {
      current = graphs.count
      graphNumbers[text] = graphs.count
      graphs.append(Graph(name: text))
      indexes.append(Index(line: line))
    } else {
      faults.add(line, "more than \(WireBounds.graphs) graphs")
    }
    lastField = 0
  }

  /// An attribute of the graph; the first of a name counts.
  private mutating func describe(_ name: Span<UInt8>, _ value: Span<UInt8>, line: Int) {
    guard let current else { return }
    guard isAttributeName(name) else {
      return faults.add(line, "attribute name \(excerpt(name)) is not allowed")
    }
    let attribute = String(copying: name)
    guard graphs[current][attribute] == nil else { return }
    guard graphs[current].attributes.count < WireBounds.attributes else {
      return faults.add(line, "more than \(WireBounds.attributes) attributes")
    }
    let text = decode(value, line: line)
    guard !text.isEmpty else { return }
    if attribute == "host_name", hostName == nil { hostName = text }
    graphs[current].attributes.append(Attribute(attribute, text))
  }

  /// An attribute of a field; the last of a name counts.
  private mutating func describe(
    _ field: Int, _ name: Span<UInt8>, _ value: Span<UInt8>, line: Int
  ) {
    guard let current else { return }
    guard isAttributeName(name) else {
      return faults.add(line, "attribute name \(excerpt(name)) is not allowed")
    }
    let attribute = Attribute(String(copying: name), decode(value, line: line))
    guard !attribute.value.isEmpty else { return }
    if let complaint = complaint(attribute) {
      faults.add(
        line, "field '\(graphs[current].fields[field].name)': \(complaint)",
        about: ["warning", "critical"].contains(attribute.name) ? .limit : .reply)
    }
    let known = graphs[current].fields[field].attributes
    if let index = known.firstIndex(where: { $0.name == attribute.name }) {
      graphs[current].fields[field].attributes[index] = attribute
    } else if known.count < WireBounds.attributes {
      graphs[current].fields[field].attributes.append(attribute)
    } else {
      faults.add(line, "more than \(WireBounds.attributes) attributes")
    }
  }

  /// A value that came with the config. Text that is no number makes the value unknown, since the node did answer.
  private mutating func read(_ value: Span<UInt8>, for field: Int, line: Int) {
    guard let current else { return }
    let reading = Reading(value)
    if reading == nil {
      faults.add(line, "value \(excerpt(value)) is not a number", about: .value)
    }
    graphs[current].fields[field].readings.append(reading ?? .malformed(value))
  }

  /// The position of a field in the current graph, which gets it at its first mention.
  private mutating func field(_ name: Span<UInt8>, line: Int) -> Int? {
    guard let current else { return nil }
    if lastField < graphs[current].fields.count,
      name.isEqual(to: graphs[current].fields[lastField].name)
    {
      return lastField
    }
    guard name.count > 0, name.count <= longestName else {
      faults.add(line, "field name \(excerpt(name)) is not allowed")
      return nil
    }
    var text = String(copying: name)
    if !isFieldName(name) {
      text = FieldCleaning.master.clean(text)
      faults.add(line, "field name \(excerpt(name)) taken as '\(text)'")
    }
    if let known = indexes[current].fields[text] {
      lastField = known
      return known
    }
    guard fieldCount < WireBounds.fields else {
      faults.add(line, "more than \(WireBounds.fields) fields")
      return nil
    }
    fieldCount += 1
    lastField = graphs[current].fields.count
    graphs[current].fields.append(Field(name: text))
    indexes[current].fields[text] = lastField
    indexes[current].fieldLines.append(line)
    return lastField
  }

  private mutating func decode(_ bytes: Span<UInt8>, line: Int) -> String {
    let decoded = WireText(bytes)
    if !decoded.isUTF8 { faults.add(line, "text is not UTF-8, taken as ISO 8859-1") }
    return decoded.text
  }
}

/// What is wrong with the value of an attribute whose meaning is known.
private func complaint(_ attribute: Attribute) -> String? {
  let value = attribute.value
  switch attribute.name {
  case "type":
    guard FieldType(rawValue: value) == nil else { return nil }
    return "type '\(value)' is not GAUGE, DERIVE, COUNTER or ABSOLUTE"
  case "min", "max":
    guard value != "U", parseNumber(value.utf8.span) == nil else { return nil }
    return "\(attribute.name) '\(value)' is not a number"
  case "warning", "critical":
    guard Bounds(value) == nil else { return nil }
    return "\(attribute.name) '\(value)' is not a range of numbers"
  default:
    return nil
  }
}
