public import MuninWire
internal import Text

/// The arguments of rrdgraph for one picture of a graph, in munin's manner.
///
/// Nothing is read or drawn here. What a node says is not trusted: it can choose how its graph looks, but
/// not which files are read or written, and a bad attribute costs one line, not the picture.
public struct GraphCommand: Sendable {
  /// The options, without the program's name and without the name of a file.
  public private(set) var options: [String] = []
  /// What is drawn and written below, in order.
  public private(set) var elements: [String] = []
  /// What the plugin's author or the operator should correct.
  public private(set) var findings: [String] = []

  private let graph: Graph
  private let request: GraphRequest
  private let clock: @Sendable (Int) -> String

  /// The most fields in one picture, so that its legend fits in memory.
  public static let mostFields = 300
  /// The most files in one picture: those of fields that are not drawn too, such as the members of a sum.
  public static let mostFiles = 2000
  /// The most words of an expression: a sum of as many fields as one may have.
  static let mostWords = 300 + 2 * mostFiles

  /// - Parameters:
  ///   - graph: with all that munin.conf overrides already applied.
  ///   - clock: the local time as text, as C's `ctime` writes it.
  ///   - source: where a field's values are; nil for a field without a file, which is left out.
  public init(
    _ graph: Graph, _ request: GraphRequest, clock: (@Sendable (Int) -> String)? = nil,
    source: (Field) -> GraphSource?
  ) {
    self.graph = graph
    self.request = request
    self.clock = clock ?? { CalendarTime.local($0).ctime }
    let given = GraphOptions(graph.args ?? "")
    let after = GraphOptions(graph["graph_args_after"] ?? "")
    findings = given.findings + after.findings
    let lines = lines(source)
    var bounds = request.period.bounds(now: request.now)
    if request.endsEarly, let step = lines.map(\.source.step).max() {
      bounds.end = max(bounds.start + 1, bounds.end - max(step, request.period.resolution))
    }
    options = options(given.words, after.words, bounds)
    let base = given.value(of: "--base") ?? given.value(of: "-b")
    elements = drawing(lines, numbers: numberFormat(base: base), bounds)
  }

  /// Everything for `rrdtool graph` after the name of the file.
  public var arguments: [String] { options + elements }

  /// Attributes of a graph that cannot be drawn: options that librrd does not know or that a node may not give, and cdefs that
  /// are not expressions.
  ///
  /// - Parameter borrowed: the fields that are made of fields of other graphs: what they need is looked at elsewhere.
  public static func findings(of graph: Graph, borrowed: Set<String> = []) -> [String] {
    var findings: [String] = []
    for attribute in ["graph_args", "graph_args_after"] {
      if let text = graph[attribute] { findings += GraphOptions(text).findings }
    }
    let names = Dictionary(
      graph.fields.map { ($0.name, $0.name) } + borrowed.map { ($0, $0) },
      uniquingKeysWith: { first, _ in first })
    if !["second", "minute", "hour"].contains(graph.period) {
      findings.append(
        "graph_period: expected second, minute or hour, found \(quoted(graph.period))")
    }
    for word in (graph["graph_order"] ?? "").split(whereSeparator: \.isWhitespace) {
      let name = String(word.hasPrefix("-") ? word.dropFirst() : word)
      if names[String(word)] == nil, names[name] == nil, !name.contains("=") {
        findings.append("graph_order: the graph has no field \(quoted(name))")
      }
    }
    for field in graph.fields where !borrowed.contains(field.name) {
      findings += drawingFindings(of: field, names)
      if let cdef = field.cdef, !cdef.isEmpty, Expression(cdef, names: names) == nil {
        findings.append(cdefFinding(of: field))
      }
    }
    return findings
  }

  /// What of a field's looks cannot be drawn as it is said.
  private static func drawingFindings(of field: Field, _ names: [String: String]) -> [String] {
    var findings: [String] = []
    if let draw = field.draw, !GraphPen.isKnown(draw) {
      findings.append(
        "\(field.name).draw: expected LINE1, AREA, STACK, AREASTACK or LINESTACK1, found "
          + "\(quoted(draw)): drawn as LINE1")
    }
    if let colour = field.colour, Palette.standard.colour(colour) == nil {
      findings.append(
        "\(field.name).colour: expected six hexadecimal digits or COLOUR and a number, found "
          + "\(quoted(colour)): ignored")
    }
    if let negative = field.negative, !negative.isEmpty, names[negative] == nil {
      findings.append("\(field.name).negative: the graph has no field \(quoted(negative))")
    }
    return findings
  }

  private static func quoted(_ text: String) -> String {
    "'\(GraphText.plain(text, limit: 60))'"
  }

  private static func cdefFinding(of field: Field) -> String {
    "\(field.name).cdef: '\(GraphText.plain(field.cdef ?? "", limit: 60))' is not an expression over "
      + "the fields of the graph"
  }

  // MARK: - Fields

  /// The fields that have a file, in the order they are drawn, then those only used by others.
  private mutating func lines(_ source: (Field) -> GraphSource?) -> [GraphLine] {
    let order = graph.order
    let hidden = graph.fields.map(\.name).filter { !order.contains($0) }
    var lines: [GraphLine] = []
    var drawn = 0
    for (index, name) in (order + hidden).enumerated() {
      guard let field = graph.field(name), let source = source(field) else { continue }
      let isDrawn = field.isDrawn && index < order.count
      drawn += isDrawn ? 1 : 0
      guard drawn <= Self.mostFields, lines.count < Self.mostFiles else {
        findings.append(
          "more than \(drawn > Self.mostFields ? Self.mostFields : Self.mostFiles) fields: \(name) and those after it not drawn"
        )
        break
      }
      lines.append(GraphLine(field, source, index: index, isDrawn: isDrawn))
    }
    let factor = ["minute": 60, "hour": 3600][graph.period]
    var names = Dictionary(lines.map { ($0.field.name, $0.raw) }, uniquingKeysWith: { $1 })
    var factors: [String: Int] = [:]
    if let factor {
      for line in lines where line.field.type != .gauge { factors[line.raw] = factor }
    }
    for index in lines.indices {
      let line = lines[index]
      if let cdef = line.field.cdef, !cdef.isEmpty {
        guard
          let own = Expression(cdef, names: names, factors: factors, most: Self.mostWords)
        else {
          findings.append(Self.cdefFinding(of: line.field))
          lines[index].isDrawn = false
          continue
        }
        lines[index].expression = own
        // What is made of several fields has a value as long as one of them has.
        for other in lines
        where own.variables.contains(where: { $0 == other.raw || $0 == other.variable }) {
          lines[index].source.lastUpdate = max(
            lines[index].source.lastUpdate, other.source.lastUpdate)
        }
      } else if let factor = factors[line.raw] {
        lines[index].expression = Expression(variable: line.raw, times: factor)
      }
      // As in munin: to the fields behind it a field is what its cdef makes of it.
      names[line.field.name] = lines[index].variable
    }
    return lines
  }

  // MARK: - Options

  private func options(
    _ given: [String], _ after: [String], _ bounds: (start: Int, end: Int)
  ) -> [String] {
    let title = GraphText.plain(replacingPeriod(in: graph.title, with: graph.period))
    var options = [
      "--title", title + request.period.suffix(clock), "--start", String(bounds.start), "--end",
      String(bounds.end),
    ]
    options += given
    if let vlabel = graph.vlabel {
      let text = replacingPeriod(in: vlabel, with: graph.period)
      options += ["--vertical-label", GraphText.plain(text)]
    }
    options += ["--slope-mode"]
    options += ["--height", String(size(request.height, "graph_height", 175))]
    options += ["--width", String(size(request.width, "graph_width", 400))]
    if request.fullSize { options.append("--full-size-mode") }
    if request.onlyGraph { options.append("--only-graph") }
    for (name, limit) in [
      ("--upper-limit", request.upperLimit), ("--lower-limit", request.lowerLimit),
    ] {
      if let limit, abs(limit) <= 1e30 { options += [name, "\(limit)", "--rigid"] }
    }
    options += ["--imgformat", "PNG"]
    if !graph.scale { options += ["--units-exponent", "0"] }
    return options + after + Self.style
  }

  private func size(_ requested: Int?, _ attribute: String, _ usual: Int) -> Int {
    let wanted = requested ?? graph[attribute].flatMap { Int($0) } ?? usual
    return min(max(wanted, 32), GraphRequest.largestSize)
  }

  /// munin's look.
  private static let style = [
    "--font",
    "DEFAULT:0:DejaVuSans,DejaVu Sans,DejaVu LGC Sans,Bitstream Vera Sans",
    "--font",
    "LEGEND:7:DejaVuSansMono,DejaVu Sans Mono,DejaVu LGC Sans Mono,Bitstream Vera Sans Mono,monospace",
    "--color", "BACK#F0F0F0", "--color", "FRAME#F0F0F0", "--color", "CANVAS#FFFFFF",
    "--color", "FONT#666666", "--color", "AXIS#CFD6F8", "--color", "ARROW#CFD6F8",
    "--border", "0", "-W", "Apus",
  ]

  // MARK: - Elements

  private func numberFormat(base: String?) -> GraphNumbers {
    let usual = base == "1024" ? "%7.2lf" : "%6.2lf"
    let given = graph["graph_printf"].flatMap { isNumberFormat($0) ? $0 : nil }
    return GraphNumbers(
      given: given ?? usual, average: usual, scale: graph.scale ? "%s" : "",
      base: base == "1024" ? 1024 : 1000)
  }

  private func drawing(
    _ lines: [GraphLine], numbers: GraphNumbers, _ bounds: (start: Int, end: Int)
  ) -> [String] {
    var front: [[String]] = []
    var calculations: [String] = []
    var drawing = GraphDrawing(graph: graph, lines: lines, numbers: numbers, request: request)
    let prefix = request.drawnPrefix
    if !request.newest.isEmpty {
      calculations = lines.map { $0.continued(by: request.newest[$0.field.name]) }
    }
    for line in lines {
      calculations += line.calculations(now: request.now, drawn: prefix)
      let rules = line.isDrawn ? drawing.draw(line) : []
      front.append(rules + line.definitions)
    }
    // The last field's files come first, as munin has it.
    var elements = front.reversed().flatMap(\.self) + calculations + drawing.finished()
    let last = lines.filter(\.isDrawn).map { $0.source }.max { $0.lastUpdate < $1.lastUpdate }
    guard let last else {
      return elements + ["HRULE:0#00000000", "COMMENT:no data yet\\c"]
    }
    // Where the values end, when that is not the edge of the picture.
    if last.lastUpdate >= bounds.start, last.lastUpdate < bounds.end - 2 * last.step {
      elements.append("VRULE:\(last.lastUpdate)#999999")
    }
    elements.append("COMMENT:Last update\\: \(GraphText.escaped(clock(last.lastUpdate)))\\r")
    return elements
  }
}
