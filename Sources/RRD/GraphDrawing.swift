internal import MuninWire
internal import Text

/// The formats of the numbers in a legend.
struct GraphNumbers: Sendable {
  /// For the current, the smallest and the largest value.
  let given: String
  let average: String
  /// librrd's SI letter, or nothing.
  let scale: String
  /// What a thousand is: 1000 or 1024.
  let base: Int

  /// A limit by itself.
  /// - Parameter plain: the number as it was written.
  func text(_ value: Double, plain: String) -> String {
    scale.isEmpty || value == 0 || (0.01..<10_000).contains(abs(value))
      ? plain : Amount.text(value, base: base)
  }
}

/// Draws line after line, and writes the legend: a row for each, and at its end what lies over all.
struct GraphDrawing {
  private let graph: Graph
  private let lines: [GraphLine]
  private let numbers: GraphNumbers
  private let palette: Palette
  private let longestLabel: Int

  private var elements: [String] = []
  private var mirrored: [String] = []
  private var pen = GraphPen()
  private var mirrorPen = GraphPen()
  private var zero: String?
  private var drawn = 0
  private var positive: [String] = []
  private var negative: [String] = []
  /// The limits of all fields, each once: many fields of a graph mostly share one.
  private var limits = GraphLimits()
  private let prefix: String

  init(graph: Graph, lines: [GraphLine], numbers: GraphNumbers, request: GraphRequest) {
    self.graph = graph
    self.lines = lines
    self.numbers = numbers
    palette = request.palette
    prefix = request.drawnPrefix
    var labels = lines.filter(\.isDrawn).map { $0.label(period: graph.period) }
    if let total = graph["graph_total"] { labels.append(GraphText.label(total)) }
    longestLabel = labels.map(\.count).max() ?? 0
  }

  /// Draws a line. Returns the rules that lie behind everything.
  mutating func draw(_ line: GraphLine) -> [String] {
    let below = mirror(of: line)
    if drawn == 0 { elements += header(twoSided: below != nil) }
    let colour = line.field.colour.flatMap(palette.colour) ?? palette[drawn]
    drawn += 1
    let variable = line.variable
    let label = padded(line.label(period: graph.period))
    elements.append(
      "\(pen.element(line.field.draw)):\(prefix)\(variable)#\(colour):\(GraphText.argument(label))")
    elements += legend(variable, below: below?.variable)
    positive.append(variable)
    if let below {
      negative.append(below.variable)
      if zero == nil {
        zero = below.variable
        mirrored.append("CDEF:re_zero=\(prefix)\(below.variable),UN,0,0,IF")
      }
      mirrored.append("CDEF:ng\(below.variable)=\(prefix)\(below.variable),-1,*")
      mirrored.append("\(mirrorPen.element(line.field.draw)):ng\(below.variable)#\(colour)")
    }
    limits.add(line.field, numbers) { [lines, prefix] name in
      Self.line(of: name, among: lines).map { prefix + $0.variable }
    }
    return rules(line.field, colour: colour)
  }

  /// Everything drawn, with the mirrored lines, the total and the limits at the end.
  consuming func finished() -> [String] {
    var all = elements + mirrored
    if zero != nil { all.append("LINE1:re_zero#000000") }
    if let total = graph["graph_total"], !positive.isEmpty {
      all += sums("postotal", positive)
      if !negative.isEmpty { all += sums("negtotal", negative) }
      all.append("LINE1:gpostotal#000000:\(GraphText.argument(padded(GraphText.label(total))))")
      all += legend("postotal", below: negative.isEmpty ? nil : "negtotal", current: "g")
    }
    return all + limits.elements
  }

  /// The field of a name, which must have a file, and a usable cdef.
  private static func line(of name: String, among lines: [GraphLine]) -> GraphLine? {
    lines.first {
      $0.field.name == name && ($0.expression != nil || ($0.field.cdef ?? "").isEmpty)
    }
  }

  /// The field drawn below zero beside this one.
  private func mirror(of line: GraphLine) -> GraphLine? {
    guard let name = line.field.negative, name != line.field.name else { return nil }
    return Self.line(of: name, among: lines)
  }

  // MARK: - Legend

  private func header(twoSided: Bool) -> [String] {
    let blanks = "COMMENT:" + String(repeating: " ", count: longestLabel)
    return twoSided
      ? [
        blanks, "COMMENT:Cur (-/+)", "COMMENT:Min (-/+)", "COMMENT:Avg (-/+)",
        "COMMENT:Max (-/+) \\j",
      ]
      : [blanks, "COMMENT: Cur\\:", "COMMENT:Min\\:", "COMMENT:Avg\\:", "COMMENT:Max\\:  \\j"]
  }

  private func padded(_ label: String) -> String {
    label + String(repeating: " ", count: max(1, longestLabel + 1 - label.count))
  }

  /// The four columns of a row; with a line below zero its number comes first.
  private func legend(_ variable: String, below: String?, current: String = "c") -> [String] {
    let columns = [
      (current, "LAST", numbers.given), ("i", "MIN", numbers.given),
      ("g", "AVERAGE", numbers.average), ("a", "MAX", numbers.given),
    ]
    var row: [String] = []
    for (prefix, consolidation, format) in columns {
      if let below {
        row.append("GPRINT:\(prefix)\(below):\(consolidation):\(format)\(numbers.scale)/\\g")
      }
      row.append("GPRINT:\(prefix)\(variable):\(consolidation):\(format)\(numbers.scale)")
    }
    row[row.count - 1] += "\\j"
    return row
  }

  private func sums(_ name: String, _ variables: [String]) -> [String] {
    ["i", "g", "a"].map { prefix in
      let sum = variables.dropFirst().reduce(into: prefix + variables[0]) {
        $0 += ",\(prefix)\($1),ADDNAN"
      }
      return "CDEF:\(prefix)\(name)=\(sum)"
    }
  }

  // MARK: - Rules

  /// The field's `line`.
  private func rules(_ field: Field, colour: String) -> [String] {
    guard let line = field["line"] else { return [] }
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard let value = GraphLimits.height(parts[0]) else { return [] }
    let wanted = parts.count > 1 ? palette.colour(String(parts[1])) : nil
    let label = parts.count > 2 ? GraphText.label(String(parts[2])) : ""
    return [
      "HRULE:\(value)#\(wanted ?? colour)"
        + (label.isEmpty ? "" : ":" + GraphText.argument(label))
    ]
  }
}
