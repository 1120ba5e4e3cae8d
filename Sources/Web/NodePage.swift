internal import Collector
internal import HTTP
internal import Limits
internal import MuninWire
internal import Text

/// A node: its graphs by category, each with its hour and its day.
struct NodePage {
  let layout: Layout
  let node: NodeView
  let sizes: PictureSizes

  /// Pictures below the first screen are fetched when they come into sight.
  private static let picturesAtOnce = 4

  func response() -> HTTPResponse {
    let crumbs = Self.crumbs(node) + [Layout.Crumb(name: node.name, link: nil)]
    return layout.page(title: node.name, level: node.level, crumbs: crumbs) { html in
      html.element("h1") { html in
        html.text(node.name + " ")
        // One that is not polled may have graphs that are made of other nodes' fields.
        let isJudged =
          node.isPolled ? node.lastAnswer != nil : node.graphs.contains(where: \.isJudged)
        html.badge(node.level, isJudged: isJudged, node.isPolled ? "no answer yet" : "not polled")
      }
      html.element("p", .classes("soft")) { html in
        if !node.address.isEmpty { html.text("\(node.address) · ") }
        Self.state(of: node, now: layout.now, &html)
        if let archive = node.archive {
          html.text(" · first seen \(CalendarTime.local(archive.firstSeen).text)")
          if let last = archive.lastValue {
            html.text(", last value \(CalendarTime.local(last).text)")
          }
        }
      }
      let problems = Problems([node])
      if !problems.rows.isEmpty { problems.write(to: &html, now: layout.now, named: false) }
      FindingList([node]).write(to: &html, named: false)
      let categories = node.categories
      if categories.count > 1 { index(categories, &html) }
      var count = 0
      for category in categories {
        html.element("section", .classes("category"), .id(category.name)) { html in
          html.element("h2", text: category.name)
          for view in category.graphs {
            graph(view, late: count >= Self.picturesAtOnce, &html)
            count += 2
          }
        }
      }
      gone(&html)
      if categories.isEmpty, node.archive?.gone.isEmpty ?? true {
        html.element("p", text: "Nothing is known of its graphs yet.")
      }
    }
  }

  /// Graphs of services that the node does not offer any more.
  private func gone(_ html: inout HTML) {
    // A graph whose values are judged stays among the others.
    let shown = Set(node.graphs.map(\.graph.name))
    let gone = node.archive?.gone.filter { !shown.contains($0.graph.name) } ?? []
    guard !gone.isEmpty else { return }
    html.element("section", .classes("category"), .id("gone")) { html in
      html.element("h2", text: "Not offered any more")
      for view in gone {
        html.element("article", .classes("card graph")) { html in
          html.element("h3") { html in
            html.element("a", .href(.graph(view, of: node)), text: view.graph.shownTitle)
          }
          html.element("p", .classes("soft")) { html in
            html.text(view.gone.map { "since \(CalendarTime.local($0).text)" } ?? "with its node")
          }
        }
      }
    }
  }

  /// The way to a node: its groups.
  static func crumbs(_ node: NodeView) -> [Layout.Crumb] {
    node.groups.indices.map {
      Layout.Crumb(name: node.groups[$0], link: .group(Array(node.groups[...$0])))
    }
  }

  /// How the last poll went.
  static func state(of node: NodeView, now: Int, _ html: inout HTML) {
    guard node.isPolled else {
      let isMade = node.graphs.contains { $0.drawing != nil }
      return html.text(isMade ? "not polled: made of other nodes' fields" : "not polled")
    }
    if let trouble = node.trouble {
      html.element("span", .classes("trouble"), text: trouble)
      html.text(node.lastAnswer == nil ? "; no answer yet" : "; last answer ")
      if let answer = node.lastAnswer {
        html.ago(answer, now: now)
        html.text(" ago")
      }
    } else if let answer = node.lastAnswer {
      html.text("answered ")
      html.ago(answer, now: now)
      html.text(" ago")
      if let duration = node.duration { html.text(", in \(Amount.text(duration, unit: "s"))") }
    } else {
      html.text("not asked yet")
    }
  }

  private func index(
    _ categories: [(name: String, graphs: [GraphView])], _ html: inout HTML
  ) {
    html.element("nav", .classes("index"), .init("aria-label", "Categories")) { html in
      for category in categories {
        let level = category.graphs.map(\.level).max() ?? .ok
        html.element(
          "a", .classes("chip \(level.rawValue)"), .href(.category(category.name, of: node))
        ) { html in
          if level != .ok {
            html.element("span", .init("aria-hidden", "true"), text: Wording.sign(of: level) + " ")
          }
          html.text(category.name)
        }
        html.text(" ")
      }
    }
  }

  private func graph(_ view: GraphView, late: Bool, _ html: inout HTML) {
    html.element("article", .classes("card graph")) { html in
      html.element("h3") { html in
        html.element("a", .href(.graph(view, of: node)), text: view.graph.shownTitle)
        html.text(" ")
        if view.level != .ok { html.badge(view.level) }
      }
      html.element("a", .classes("pictures"), .href(.graph(view, of: node))) { html in
        for period in [Period.hour, .day] {
          html.picture(
            .picture(view, of: node, period),
            alt: "\(view.graph.shownTitle) on \(node.name), by \(period.rawValue)",
            size: sizes[view, period], late: late)
        }
      }
      Self.parts(node.parts(of: view), of: node, &html)
    }
  }

  /// Links to the parts of a graph.
  private static func parts(_ parts: [GraphView], of node: NodeView, _ html: inout HTML) {
    guard !parts.isEmpty else { return }
    html.element("p", .classes("parts")) { html in
      html.text("In parts: ")
      for part in parts {
        html.element("a", .classes("chip \(part.level.rawValue)"), .href(.graph(part, of: node))) {
          html in
          if part.level != .ok {
            html.element(
              "span", .init("aria-hidden", "true"), text: Wording.sign(of: part.level) + " ")
          }
          html.text(part.graph.shownTitle)
          if part.level != .ok {
            html.element("span", .classes("hidden"), text: ", \(part.level.rawValue)")
          }
        }
        html.text(" ")
      }
    }
  }
}
