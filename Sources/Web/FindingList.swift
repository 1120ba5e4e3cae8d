internal import Collector
internal import Limits
internal import MuninWire

/// What somebody should correct although no level says so: attributes that cannot be used, values that are lost.
struct FindingList {
  private struct Row {
    let node: NodeView
    /// `nil` for what concerns the node as a whole.
    let view: GraphView?
    let text: String
  }

  private let rows: [Row]

  /// Everything about some nodes.
  init(_ nodes: [NodeView]) {
    rows = nodes.flatMap { node in
      node.findings.map { Row(node: node, view: nil, text: $0) }
        + node.graphs.flatMap { view in
          view.findings.map { Row(node: node, view: view, text: $0) }
        }
    }
  }

  var count: Int { rows.count }

  /// The most rows a page shows.
  private static let mostRows = 100

  /// - Parameter named: whether each row names its node.
  func write(to html: inout HTML, named: Bool = true) {
    guard !rows.isEmpty else { return }
    html.element("section", .classes("findings"), .init("aria-labelledby", "findings")) { html in
      html.element("h2", .id("findings"), text: "Findings")
      html.element("ul") { html in
        for row in rows.prefix(Self.mostRows) {
          html.element("li") { html in
            if named || row.view == nil {
              html.element("a", .href(.node(row.node)), text: row.node.name)
            }
            if let view = row.view {
              if named { html.text(" › ") }
              html.element(
                "a", .href(.graph(view, of: row.node)), text: view.graph.shownTitle)
            }
            html.text(": " + row.text)
          }
        }
      }
      if rows.count > Self.mostRows {
        html.element("p", text: "and \(rows.count - Self.mostRows) more")
      }
    }
  }

  /// The findings of one graph, on its own page.
  static func write(_ findings: [String], to html: inout HTML) {
    guard !findings.isEmpty else { return }
    html.element("section", .classes("findings"), .init("aria-labelledby", "findings")) { html in
      html.element("h2", .id("findings"), text: "Findings")
      html.element("ul") { html in
        for finding in findings.prefix(mostRows) { html.element("li", text: finding) }
      }
    }
  }
}
