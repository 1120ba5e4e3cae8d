/// One value of a fetch reply.
public struct FetchedValue: Sendable, Hashable {
  /// The name of the field, cleaned.
  public var field: String
  /// What was read; unknown where the node sent no number.
  public var reading: Reading

  /// A value from its parts.
  public init(field: String, reading: Reading) {
    self.field = field
    self.reading = reading
  }
}

/// The values of one graph.
public struct FetchedGraph: Sendable, Hashable {
  /// The name of the service or of the multigraph part.
  public var name: String
  /// The values as they came. A field has several only when they carry times.
  public var values: [FetchedValue] = []
  /// What the plugin says about fields for the messages of alerts: field name and text.
  public var extinfo: [Attribute] = []

  /// A graph without values.
  public init(name: String) { self.name = name }
}

/// The values of a service: the reply to `fetch`.
public struct FetchAnswer: Sendable {
  /// The graphs of which something was said, in the order they came.
  public var graphs: [FetchedGraph] = []
  /// What is wrong with the reply, in the order of its lines.
  public var faults: [WireFault] = []
  /// Why the node gave no values, if it said so.
  public var refusal: Refusal?

  /// Reads a whole reply, without its last line `.`.
  ///
  /// - Parameter service: the plugin's name as the node lists it, as for ``ConfigAnswer``.
  public init(_ reply: Span<UInt8>, service: String) {
    var draft = FetchDraft(service: masterServiceName(service))
    var lines = LineReader()
    while let line = lines.next(in: reply) {
      draft.read(line, number: lines.number, of: reply)
    }
    graphs = draft.graphs.filter { !$0.values.isEmpty || !$0.extinfo.isEmpty }
    faults = draft.faults.faults
    refusal = draft.refusal
  }
}

/// A fetch answer while its lines are read.
private struct FetchDraft {
  private(set) var graphs: [FetchedGraph]
  private(set) var faults = FaultList()
  private(set) var refusal: Refusal?
  /// The graph the lines are about; `nil` below a `multigraph` line that was refused.
  private var current: Int? = 0
  /// Where the value without time of each field of each graph is. A graph of few values is searched instead: most have fewer
  /// than ten, and hashing each name costs more than that.
  private var places: [[String: Int]] = [[:]]
  private static let few = 16
  private var graphNumbers: [String: Int]

  init(service: String) {
    graphs = [FetchedGraph(name: service)]
    graphNumbers = [service: 0]
  }

  mutating func read(_ line: Range<Int>, number: Int, of reply: Span<UInt8>) {
    guard line.count <= WireBounds.line else {
      return faults.add(number, "\(line.count) bytes, expected at most \(WireBounds.line)")
    }
    switch ReplyLine(line, in: reply) {
    case .nothing, .service: break
    case .refusal(let reason): refusal = reason
    case .multigraph(let name): begin(reply.extracting(name), line: number)
    case .field(let name, let attribute, let value):
      let attribute = reply.extracting(attribute)
      if attribute.isEqual(to: "value") {
        read(reply.extracting(value), for: reply.extracting(name), line: number)
      } else if attribute.isEqual(to: "extinfo"), !value.isEmpty {
        explain(reply.extracting(name), reply.extracting(value), line: number)
      }
    }
  }

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
      graphs.append(FetchedGraph(name: text))
      places.append([:])
    } else {
      faults.add(line, "more than \(WireBounds.graphs) graphs")
    }
  }

  /// A value. Text that is no number makes the value unknown, since the node did answer. Without times the last one counts.
  private mutating func read(_ value: Span<UInt8>, for name: Span<UInt8>, line: Int) {
    guard let current, let field = fieldName(name, line: line) else { return }
    let reading = Reading(value)
    if reading == nil {
      faults.add(line, "value \(excerpt(value)) is not a number", about: .value)
    }
    let fetched = FetchedValue(field: field, reading: reading ?? .malformed(value))
    if fetched.reading.time == nil {
      if let place = place(of: field, in: current) {
        graphs[current].values[place] = fetched
        return
      }
      if !places[current].isEmpty { places[current][field] = graphs[current].values.count }
    }
    graphs[current].values.append(fetched)
  }

  /// Where the value without time of a field is; `nil` when there is none yet.
  private mutating func place(of field: String, in graph: Int) -> Int? {
    let values = graphs[graph].values
    guard values.count > FetchDraft.few else {
      return values.firstIndex { $0.reading.time == nil && $0.field == field }
    }
    if places[graph].isEmpty {
      for (place, value) in values.enumerated() where value.reading.time == nil {
        places[graph][value.field] = place
      }
    }
    return places[graph][field]
  }

  private mutating func explain(_ name: Span<UInt8>, _ value: Span<UInt8>, line: Int) {
    guard let current, graphs[current].extinfo.count < WireBounds.fields,
      let field = fieldName(name, line: line)
    else { return }
    let decoded = WireText(value)
    guard !decoded.text.isEmpty else { return }
    if !decoded.isUTF8 { faults.add(line, "text is not UTF-8, taken as ISO 8859-1") }
    graphs[current].extinfo.append(Attribute(field, decoded.text))
  }

  private mutating func fieldName(_ name: Span<UInt8>, line: Int) -> String? {
    if isFieldName(name) { return String(copying: name) }
    guard name.count > 0, name.count <= longestName else {
      faults.add(line, "field name \(excerpt(name)) is not allowed")
      return nil
    }
    let cleaned = FieldCleaning.master.clean(String(copying: name))
    faults.add(line, "field name \(excerpt(name)) taken as '\(cleaned)'")
    return cleaned
  }
}
