internal import MuninWire

/// A field of a graph with its variables in the picture.
struct GraphLine: Sendable {
  let field: Field
  var source: GraphSource
  /// The name of its raw values in the picture, behind `a` (maxima), `i` (minima), `g` (averages).
  let raw: String
  /// What its cdef and `graph_period` make of it; nil when there is nothing to do.
  var expression: Expression?
  var isDrawn: Bool

  /// The name of what is drawn: with an expression, munin puts `cdef` in front.
  var variable: String { expression == nil ? raw : "cdef" + raw }

  init(_ field: Field, _ source: GraphSource, index: Int, isDrawn: Bool) {
    self.field = field
    self.source = source
    self.isDrawn = isDrawn
    raw = Self.variable(for: field.name, index: index)
  }

  /// The field's own name, but for names that would meet one that is made here or that librrd takes
  /// for syntax. (munin shortens names beyond 15 characters because librrd once could not take them.)
  private static func variable(for name: String, index: Int) -> String {
    let taken = ["postotal", "negtotal", "olour", "olour2", "f"]
    let isPlain =
      isFieldName(name) && name.utf8.count <= 64 && !name.hasPrefix("cdef")
      && !taken.contains(name)
    // No field name has a dash in it.
    return isPlain ? name : "field-\(index)"
  }

  /// Where the values come from. The maximum first: munin's order.
  var definitions: [String] {
    [("a", "MAX"), ("i", "MIN"), ("g", "AVERAGE")].map { prefix, consolidation in
      "DEF:\(prefix)\(raw)=\(GraphText.escaped(source.path)):\(RRDSpec.dataSource):\(consolidation)"
    }
  }

  /// The averages with the newest value behind the last whole row, as `e…`.
  func continued(by newest: Double?) -> String {
    guard let newest, newest.isFinite, abs(newest) < 1e30 else { return "CDEF:e\(raw)=g\(raw)" }
    let end = source.lastUpdate - source.lastUpdate % max(1, source.step)
    // The row that begins at the newest value has the time of its end.
    return "CDEF:e\(raw)=TIME,\(end),GT,\(newest),g\(raw),IF"
  }

  /// What is made of the values, and `c…`, the current value.
  /// - Parameter drawn: what the variables of the values that are drawn begin with.
  func calculations(now: Int, drawn: String = "g") -> [String] {
    var elements: [String] = []
    if let expression {
      let prefixes = ["a", "i", "g"] + (drawn == "g" ? [] : [drawn])
      elements += prefixes.map {
        "CDEF:\($0)\(variable)=\(expression.text(prefix: $0))"
      }
    }
    // Without a recent value there is no current one.
    let isStale = source.lastUpdate < now - max(900, 3 * source.step)
    elements.append("CDEF:c\(variable)=\(drawn)\(variable)" + (isStale ? ",POP,UNKN" : ""))
    return elements
  }

  /// The text of the legend.
  func label(period: String) -> String {
    let label = field.label ?? field.name
    return GraphText.label(replacingPeriod(in: label, with: period))
  }
}

/// munin's `${graph_period}` in titles and labels.
func replacingPeriod(in text: String, with period: String) -> String {
  let parts = text.split(separator: "${graph_period}", omittingEmptySubsequences: false)
  return parts.joined(separator: period)
}
