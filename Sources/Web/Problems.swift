internal import Collector
internal import Limits
internal import MuninWire
internal import Text

/// Unreachable nodes and fields outside their ranges, the worst first.
struct Problems {
  /// One thing that is not well: a node without an answer, a field out of its range, the fields of a
  /// graph without a value.
  struct Row {
    let level: Level
    let node: NodeView
    let view: GraphView?
    let fields: [FieldView]
    let since: Int?
  }

  let rows: [Row]

  init(_ nodes: [NodeView]) {
    rows = nodes.flatMap(Self.rows).sorted { one, two in
      // Among equal levels the newest first: the mail about it has just arrived.
      one.level != two.level ? one.level > two.level : (one.since ?? 0) > (two.since ?? 0)
    }
  }

  private static func rows(_ node: NodeView) -> [Row] {
    var rows: [Row] = []
    if node.trouble != nil, node.isPolled {
      rows.append(
        Row(level: .unknown, node: node, view: nil, fields: [], since: node.troubleSince))
    }
    for view in node.graphs where view.level != .ok {
      for field in view.fields where field.level > .unknown {
        rows.append(
          Row(level: field.level, node: node, view: view, fields: [field], since: field.since)
        )
      }
      // One row for a plugin that is silent, none for each of a node that is.
      let silent = view.fields.filter { $0.level == .unknown }
      if !silent.isEmpty, node.trouble == nil {
        rows.append(
          Row(
            level: .unknown, node: node, view: view, fields: silent,
            since: silent.compactMap(\.since).min()))
      }
    }
    return rows
  }

  func count(_ level: Level) -> Int { rows.count { $0.level == level } }

  var worst: Level { rows.first?.level ?? .ok }

  /// The most rows a page shows.
  private static let mostRows = 200

  /// - Parameter named: whether each row names its node.
  func write(to html: inout HTML, now: Int, named: Bool = true) {
    html.element("section", .classes("problems"), .init("aria-labelledby", "problems")) { html in
      html.element("h2", .id("problems"), text: "Needs attention")
      html.element("ul") { html in
        for row in rows.prefix(Self.mostRows) {
          html.element("li", .classes(row.level.rawValue)) {
            Self.write(row, to: &$0, now: now, named: named)
          }
        }
      }
      if rows.count > Self.mostRows {
        html.element("p", text: "and \(rows.count - Self.mostRows) more")
      }
    }
  }

  private static func write(_ row: Row, to html: inout HTML, now: Int, named: Bool) {
    html.badge(row.level)
    html.element("div", .classes("what")) { html in
      html.element("strong") { html in
        if named || row.view == nil {
          html.element("a", .href(.node(row.node)), text: row.node.name)
        }
        if let view = row.view {
          if named { html.text(" › ") }
          html.element("a", .href(.graph(view, of: row.node)), text: view.graph.title)
        }
      }
      html.element("span", text: words(row))
    }
    if let since = row.since {
      html.element("span", .classes("since")) { html in
        html.text("for ")
        html.ago(since, now: now)
      }
    }
  }

  private static func words(_ row: Row) -> String {
    guard let view = row.view else {
      return "unreachable: \(row.node.trouble ?? "no reason known")"
    }
    guard row.level != .unknown, let field = row.fields.first else {
      let names = row.fields.prefix(4).map(\.label).joined(separator: ", ")
      return "no value for \(names)"
        + (row.fields.count > 4 ? " and \(row.fields.count - 4) more" : "")
    }
    let base = view.graph.base
    let range = row.level == .critical ? field.critical : field.warning
    var words = "\(field.label) is \(Amount.text(field.value, base: base))"
    if let range { words += ", expected \(Wording.range(range, base: base))" }
    if let extinfo = field.extinfo { words += " (\(extinfo))" }
    return words
  }
}
