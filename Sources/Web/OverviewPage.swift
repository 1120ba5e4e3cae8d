internal import Collector
internal import EventLoop
internal import HTTP
internal import Limits
internal import MuninWire
internal import Text

/// All nodes, or those of a group: problems first, then node by node.
@LoopActor
struct OverviewPage {
  let layout: Layout
  let group: [String]
  let source: any SiteSource
  /// Nodes that munin.conf does not name any more.
  var former: [FormerNode] = []

  /// With more nodes than this a page of pictures would be slow and too long to look at.
  private static let mostNodesWithPictures = 24
  /// With more graphs than this a node shows its categories alone.
  private static let mostNamedGraphs = 600

  /// The page of a fleet is long: what it says is gathered and written node by node, and the loop goes on between them.
  func response() async -> HTTPResponse {
    var slices = WorkSlices()
    var summaries: [NodeSummary] = []
    for name in source.names where name.groups.starts(with: group) {
      if let summary = source.summary(of: name) { summaries.append(summary) }
      await slices.pause()
    }
    let nodes = summaries.map(\.node)
    let graphs = summaries.reduce(0) { $0 + $1.graphCount }
    let isNamed = graphs <= Self.mostNamedGraphs
    let hasPictures = nodes.count <= Self.mostNodesWithPictures
    var cards: [[UInt8]] = []
    for summary in summaries {
      var html = HTML(capacity: 2048, prefix: layout.prefix)
      var view: NodeView?
      if isNamed || hasPictures {
        let node = summary.node
        view = source.node(NodeName(groups: node.groups, name: node.name))
      }
      html.element("article", .classes("card node")) { html in
        card(summary, view, named: isNamed, pictures: hasPictures, &html)
      }
      cards.append(html.bytes)
      await slices.pause()
    }
    let problems = Problems(nodes)
    await slices.pause()
    let findings = FindingList(nodes)
    await slices.pause()
    return page(nodes, graphs, cards, problems, findings)
  }

  private var own: CollectorTroubles { CollectorTroubles(layout.state) }

  private func page(
    _ nodes: [NodeView], _ graphs: Int, _ cards: [[UInt8]], _ problems: Problems,
    _ findings: FindingList
  ) -> HTTPResponse {
    let crumbs = group.indices.map { index in
      Layout.Crumb(
        name: group[index], link: index == group.count - 1 ? nil : .group(Array(group[...index])))
    }
    let title = group.last ?? "Overview"
    return layout.page(title: title, level: worst(problems), crumbs: crumbs) { html in
      html.element("h1", text: group.last ?? "Overview")
      summary(nodes, graphs, problems, findings, &html)
      storage(&html)
      if !problems.rows.isEmpty || !own.rows.isEmpty {
        problems.write(to: &html, own: own, now: layout.now)
      }
      for (groups, members) in Self.byGroup(nodes) {
        html.element("section") { html in
          heading(groups, &html)
          html.element("div", .classes("nodes")) { html in
            for index in members { html.insert(cards[index]) }
          }
        }
      }
      findings.write(to: &html)
      formerNodes(&html)
    }
  }

  /// The most former nodes that a page names.
  private static let mostFormer = 100

  /// Their history stays until somebody has it forgotten.
  private func formerNodes(_ html: inout HTML) {
    guard !former.isEmpty else { return }
    html.element("section", .classes("former"), .init("aria-labelledby", "former")) { html in
      html.element("h2", .id("former"), text: "Not in munin.conf any more")
      html.element("p", .classes("soft")) { html in
        for node in former.prefix(Self.mostFormer) {
          html.element(
            "a", .classes("chip"), .href(.node(node.name, in: node.groups)), text: node.name)
          html.text(" ")
        }
        if former.count > Self.mostFormer {
          html.text("and \(former.count - Self.mostFormer) more")
        }
      }
    }
  }

  /// The places of the nodes by their groups, in the order the groups are first met.
  private static func byGroup(_ nodes: [NodeView]) -> [(groups: [String], members: [Int])] {
    var places: [[String]: Int] = [:]
    var found: [(groups: [String], members: [Int])] = []
    for (index, node) in nodes.enumerated() {
      if let place = places[node.groups] {
        found[place].members.append(index)
      } else {
        places[node.groups] = found.count
        found.append((node.groups, [index]))
      }
    }
    return found
  }

  private func summary(
    _ nodes: [NodeView], _ graphs: Int, _ problems: Problems, _ findings: FindingList,
    _ html: inout HTML
  ) {
    html.element("p", .classes("summary")) { html in
      if nodes.isEmpty {
        html.text("No node is set up yet.")
      } else if problems.rows.isEmpty, own.rows.isEmpty, layout.state.storageTroubles.isEmpty {
        html.badge(.ok, nodes.contains { $0.lastAnswer != nil } ? "all is well" : "no answer yet")
      }
      for level in [Level.critical, .warning, .unknown] {
        let count = problems.count(level) + own.count(level)
        guard count > 0 else { continue }
        html.badge(level, "\(count) \(level.rawValue)")
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
    layout.state.storageTroubles.isEmpty ? max(problems.worst, own.worst) : .critical
  }

  /// The collector's own trouble: what is polled meanwhile is lost, so it stands before everything else.
  private func storage(_ html: inout HTML) {
    let troubles = layout.state.storageTroubles
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

  /// - Parameter view: all of the node, where the page is short enough for that.
  private func card(
    _ summary: NodeSummary, _ view: NodeView?, named: Bool, pictures: Bool, _ html: inout HTML
  ) {
    let node = summary.node
    html.element("h3") { html in
      html.element("a", .href(.node(node)), text: node.name)
      html.text(" ")
      if node.level != .ok { html.badge(node.level) }
    }
    html.element("p", .classes("soft")) { NodePage.state(of: node, now: layout.now, &$0) }
    if pictures, let view { smallPictures(view, &html) }
    html.element("dl", .classes("categories")) { html in
      if named, let view {
        for category in view.categories {
          term(category.name, of: node, &html)
          html.element("dd") { html in
            for graph in category.graphs { Self.chip(graph, of: view, &html) }
          }
        }
      } else {
        for category in summary.categories {
          term(category.name, of: node, &html)
          html.element("dd") { Self.sum(category, &$0) }
        }
      }
    }
  }

  private func term(_ category: String, of node: NodeView, _ html: inout HTML) {
    html.element("dt") { html in
      html.element("a", .href(.category(category, of: node)), text: category)
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
      html.text(view.graph.shownTitle)
      if level != .ok { html.element("span", .classes("hidden"), text: ", \(level.rawValue)") }
    }
    html.text(" ")
  }

  private static func sum(_ category: NodeSummary.Category, _ html: inout HTML) {
    html.text(Amount.count(category.count, "graph") + " ")
    for level in [Level.critical, .warning, .unknown] {
      if let count = category.levels[level] { html.badge(level, "\(count) \(level.rawValue)") }
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
            alt: "\(view.graph.shownTitle) on \(node.name), last hour", size: (180, 40))
          html.element("span", text: view.graph.shownTitle)
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
