internal import Collector
internal import HTTP
internal import Limits
internal import MuninWire
internal import Text

/// All nodes, or those of a group: problems first, then node by node.
struct OverviewPage {
  let layout: Layout
  let group: [String]

  private var nodes: [NodeView] {
    layout.snapshot.nodes.filter { $0.groups.starts(with: group) }
  }

  /// With more nodes than this a page of pictures would be slow and too long to look at.
  private static let mostNodesWithPictures = 24
  /// With more graphs than this a node shows its categories alone.
  private static let mostNamedGraphs = 600

  func response() -> HTTPResponse {
    let nodes = nodes
    let problems = Problems(nodes)
    let findings = FindingList(nodes)
    let crumbs = group.indices.map { index in
      Layout.Crumb(
        name: group[index], link: index == group.count - 1 ? nil : .group(Array(group[...index])))
    }
    let title = group.last ?? "Overview"
    return layout.page(title: title, level: worst(problems), crumbs: crumbs) { html in
      html.element("h1", text: group.last ?? "Overview")
      summary(nodes, problems, findings, &html)
      storage(&html)
      if !problems.rows.isEmpty { problems.write(to: &html, now: layout.now) }
      let graphs = nodes.reduce(0) { $0 + $1.graphs.count }
      for (groups, nodes) in Self.byGroup(nodes) {
        html.element("section") { html in
          heading(groups, &html)
          html.element("div", .classes("nodes")) { html in
            for node in nodes {
              html.element("article", .classes("card node")) { html in
                card(
                  node, named: graphs <= Self.mostNamedGraphs,
                  pictures: self.nodes.count <= Self.mostNodesWithPictures, &html)
              }
            }
          }
        }
      }
      findings.write(to: &html)
    }
  }

  /// The nodes by their groups, in the order the groups are first met.
  private static func byGroup(_ nodes: [NodeView]) -> [(groups: [String], nodes: [NodeView])] {
    var order: [[String]] = []
    var members: [[String]: [NodeView]] = [:]
    for node in nodes {
      if members[node.groups] == nil { order.append(node.groups) }
      members[node.groups, default: []].append(node)
    }
    return order.map { ($0, members[$0]!) }
  }

  private func summary(
    _ nodes: [NodeView], _ problems: Problems, _ findings: FindingList, _ html: inout HTML
  ) {
    let graphs = nodes.reduce(0) { $0 + $1.graphs.count }
    html.element("p", .classes("summary")) { html in
      if nodes.isEmpty {
        html.text("No node is set up yet.")
      } else if problems.rows.isEmpty, layout.snapshot.storageTroubles.isEmpty {
        html.badge(.ok, nodes.contains { $0.lastAnswer != nil } ? "all is well" : "no answer yet")
      }
      for level in [Level.critical, .warning, .unknown] where problems.count(level) > 0 {
        html.badge(level, "\(problems.count(level)) \(level.rawValue)")
        html.text(" ")
      }
      if !nodes.isEmpty {
        html.element(
          "span", .classes("soft"),
          text: " \(Amount.count(nodes.count, "node")), \(Amount.count(graphs, "graph"))"
            + (findings.count > 0 ? ", \(Amount.count(findings.count, "finding"))" : ""))
      }
    }
  }

  private func worst(_ problems: Problems) -> Level {
    layout.snapshot.storageTroubles.isEmpty ? problems.worst : .critical
  }

  /// The collector's own trouble: what is polled meanwhile is lost, so it stands before everything else.
  private func storage(_ html: inout HTML) {
    let troubles = layout.snapshot.storageTroubles
    guard !troubles.isEmpty else { return }
    html.element("section", .classes("problems"), .init("aria-labelledby", "storage")) { html in
      html.element("h2", .id("storage"), text: "The collector cannot keep its data")
      html.element("ul") { html in
        for trouble in troubles {
          html.element("li", .classes("critical")) { html in
            html.badge(.critical)
            html.element("div", .classes("what")) { $0.element("span", text: trouble) }
          }
        }
      }
    }
  }

  private func heading(_ groups: [String], _ html: inout HTML) {
    html.element("h2", .classes("group")) { html in
      if groups.isEmpty { html.text("Nodes") }
      for index in groups.indices {
        if index > 0 { html.text(" › ") }
        html.element("a", .href(.group(Array(groups[...index]))), text: groups[index])
      }
    }
  }

  private func card(_ node: NodeView, named: Bool, pictures: Bool, _ html: inout HTML) {
    html.element("h3") { html in
      html.element("a", .href(.node(node)), text: node.name)
      html.text(" ")
      if node.level != .ok { html.badge(node.level) }
    }
    html.element("p", .classes("soft")) { NodePage.state(of: node, now: layout.now, &$0) }
    if pictures { smallPictures(node, &html) }
    html.element("dl", .classes("categories")) { html in
      for category in node.categories {
        html.element("dt") { html in
          html.element("a", .href(.category(category.name, of: node)), text: category.name)
        }
        html.element("dd") { html in
          if named {
            for view in category.graphs { Self.chip(view, of: node, &html) }
          } else {
            Self.sum(category.graphs, &html)
          }
        }
      }
    }
  }

  private static func chip(_ view: GraphView, of node: NodeView, _ html: inout HTML) {
    let parts = node.parts(of: view)
    let level = max(view.level, parts.map(\.level).max() ?? .ok)
    html.element("a", .classes("chip \(level.rawValue)"), .href(.graph(view, of: node))) {
      html in
      if level != .ok {
        html.element("span", .init("aria-hidden", "true"), text: Wording.sign(of: level) + " ")
      }
      html.text(view.graph.title)
      if level != .ok { html.element("span", .classes("hidden"), text: ", \(level.rawValue)") }
    }
    html.text(" ")
  }

  private static func sum(_ graphs: [GraphView], _ html: inout HTML) {
    html.text(Amount.count(graphs.count, "graph") + " ")
    for level in [Level.critical, .warning, .unknown] {
      let count = graphs.count { $0.level == level }
      if count > 0 { html.badge(level, "\(count) \(level.rawValue)") }
    }
  }

  // MARK: - Small pictures

  /// The graphs that show most about a machine, as far as a node has them.
  private static let telling = ["cpu", "load", "memory", "if_", "df", "diskstats"]

  static func telling(of node: NodeView) -> [GraphView] {
    let main = node.mainGraphs
    let chosen = telling.compactMap { wanted in
      main.first {
        wanted.hasSuffix("_") ? $0.graph.name.hasPrefix(wanted) : $0.graph.name == wanted
      }
    }
    return Array((chosen.isEmpty ? Array(main.prefix(3)) : chosen).prefix(3))
  }

  private func smallPictures(_ node: NodeView, _ html: inout HTML) {
    let graphs = Self.telling(of: node)
    guard !graphs.isEmpty else { return }
    html.element("div", .classes("sparks")) { html in
      for view in graphs {
        html.element("a", .href(.graph(view, of: node))) { html in
          html.picture(
            .picture(view, of: node, .hour, small: true),
            alt: "\(view.graph.title) on \(node.name), last hour", size: (180, 40))
          html.element("span", text: view.graph.title)
        }
      }
    }
  }
}

extension HTML {
  /// A picture, with its size when it is known, so that the page does not jump when it comes.
  mutating func picture(
    _ link: SiteLink, alt: String, size: (width: Int, height: Int)?, late: Bool = false
  ) {
    var attributes: [Attribute] = [.src(link), .init("alt", alt)]
    if let size {
      attributes.append(.init("width", String(size.width)))
      attributes.append(.init("height", String(size.height)))
    }
    if late { attributes.append(.init("loading", "lazy")) }
    void("img", attributes)
  }
}
