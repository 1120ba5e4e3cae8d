internal import Collector
internal import HTTP
internal import Limits
internal import MuninWire
internal import RRD
internal import Text

/// A graph: its five pictures, what its plugin says of it, and its fields in a table.
struct GraphPage {
  let layout: Layout
  let node: NodeView
  let view: GraphView
  let sizes: PictureSizes

  private var graph: Graph { view.graph }

  func response() -> HTTPResponse {
    var crumbs = NodePage.crumbs(node) + [Layout.Crumb(name: node.name, link: .node(node))]
    if let parent = view.parentName.flatMap(node.graph) {
      crumbs.append(Layout.Crumb(name: parent.graph.shownTitle, link: .graph(parent, of: node)))
    }
    crumbs.append(Layout.Crumb(name: graph.shownTitle, link: nil))
    let title = "\(graph.shownTitle) on \(node.name)"
    return layout.page(title: title, level: view.level, crumbs: crumbs) { html in
      html.element("h1") { html in
        html.text(graph.shownTitle + " ")
        html.badge(
          view.level, isJudged: view.isJudged, view.isGone ? "not offered any more" : "no limits")
      }
      html.element("p", .classes("soft")) { html in
        html.text("on ")
        html.element("a", .href(.node(node)), text: node.name)
        html.text(", category ")
        html.element("a", .href(.category(graph.category, of: node)), text: graph.category)
        if let updated = view.updated {
          html.text(", newest values ")
          html.ago(updated, now: layout.now)
          html.text(" old")
        }
        if let seen = node.archive?.firstSeenGraphs[graph.name] {
          html.text(", first seen \(CalendarTime.local(seen).text)")
        }
        if view.isGone {
          html.text(", not offered any more")
          if let gone = view.gone { html.text(" since \(CalendarTime.local(gone).text)") }
        }
      }
      if let fault = view.fault {
        html.element("p") { html in
          html.element(
            "span", .classes("trouble"), text: "the service does not bring all of its values")
          if let since = view.faultSince {
            html.text(" for ")
            html.ago(since, now: layout.now)
          }
          html.text(": \(fault)")
        }
      }
      if graph.shownTitle != graph.title { html.element("p", .classes("soft"), text: graph.title) }
      pictures(&html)
      FindingList.write(view.findings, to: &html)
      if let info = graph.info { html.element("p", .classes("info"), text: info) }
      fields(&html)
      parts(&html)
    }
  }

  private func pictures(_ html: inout HTML) {
    html.element("section", .classes("card graph")) { html in
      html.element("h2", .classes("hidden"), text: "Pictures")
      html.element("div", .classes("pictures")) { html in
        for period in Period.allCases {
          html.picture(
            .picture(view, of: node, period),
            alt: "\(graph.shownTitle) on \(node.name), by \(period.rawValue)",
            size: sizes[view, period])
        }
      }
    }
  }

  private func fields(_ html: inout HTML) {
    html.element("section", .classes("card")) { html in
      html.element("h2", .id("fields"), text: "Fields")
      html.element(
        "div", .classes("wide"), .init("role", "region"), .init("tabindex", "0"),
        .init("aria-labelledby", "fields")
      ) { html in
        html.element("table") { html in
          html.markup(
            """
            <thead><tr><th scope="col">Field</th><th scope="col">State</th>\
            <th scope="col" class="number">Now</th><th scope="col">Warning</th>\
            <th scope="col">Critical</th><th scope="col">Name</th><th scope="col">Type</th>\
            <th scope="col">Info</th></tr></thead>
            <tbody>

            """)
          for field in view.fields { row(field, &html) }
          html.markup("</tbody>")
        }
      }
    }
  }

  private func row(_ view: FieldView, _ html: inout HTML) {
    let field = graph.field(view.name)
    let base = graph.base
    html.element("tr") { html in
      html.element("th", .init("scope", "row"), text: view.label.shortened(to: Wording.longest))
      html.element("td", .column("State")) { html in
        html.badge(view.level, isJudged: view.isJudged)
        if view.level != .ok, let since = view.since {
          html.element("span", .classes("soft")) { html in
            html.text(" for ")
            html.ago(since, now: layout.now)
          }
        }
      }
      html.element(
        "td", .classes("number"), .column("Now"),
        .init("title", view.value.map { "\($0)" } ?? ""),
        text: Amount.text(view.value, base: base))
      for (column, range) in [("Warning", view.warning), ("Critical", view.critical)] {
        let words = range.map { Wording.range($0, base: base) } ?? "–"
        html.element("td", .column(column), text: words)
      }
      html.element("td", .column("Name")) { $0.element("code", text: view.name) }
      html.element("td", .column("Type"), text: (field?.type ?? .gauge).rawValue.lowercased())
      let since = view.faultSince.map { ", since \(CalendarTime.local($0).text)" } ?? ""
      let fault = view.fault.map { $0 + since }
      let notes = [field?.info, view.origin, view.extinfo, fault].compactMap { $0 }.joined(
        separator: " – ")
      html.element("td", .column("Info"), text: notes)
    }
  }

  private func parts(_ html: inout HTML) {
    let parts = node.parts(of: view)
    guard !parts.isEmpty else { return }
    html.element("section", .classes("category")) { html in
      html.element("h2", text: "Parts")
      for part in parts {
        html.element("article", .classes("card graph")) { html in
          html.element("h3") { html in
            html.element("a", .href(.graph(part, of: node)), text: part.graph.shownTitle)
            html.text(" ")
            if part.level != .ok { html.badge(part.level) }
          }
          html.element("a", .classes("pictures"), .href(.graph(part, of: node))) { html in
            for period in [Period.hour, .day] {
              html.picture(
                .picture(part, of: node, period),
                alt: "\(part.graph.shownTitle) on \(node.name), by \(period.rawValue)",
                size: sizes[part, period], late: true)
            }
          }
        }
      }
    }
  }
}

extension HTML.Attribute {
  /// The column's name: on a narrow screen it stands beside each cell.
  fileprivate static func column(_ name: String) -> HTML.Attribute { .init("data-name", name) }
}
