internal import Collector
internal import HTTP
internal import Limits
internal import Text

/// The page of a signed link: what is wrong, and buttons to acknowledge it and to silence it.
struct AlertPage {
  let layout: Layout
  let view: AlertView
  /// The node, when munin.conf has it.
  let node: NodeView?
  /// The group, when munin.conf has it and the incident is of no single node.
  let group: [String]?

  private static let hours = [1, 2, 4, 8, 24, 72, AlertPageOrder.mostHours]

  var response: HTTPResponse {
    var response = layout.page(
      title: "Incident \(view.incident)", level: view.level,
      crumbs: [.init(name: "Incident \(view.incident)", link: nil)], isRefreshed: false
    ) { html in
      html.element("div", .classes("alert")) { html in
        if let receipt = view.receipt {
          html.element("section", .classes("card done"), .init("role", "status")) { html in
            html.element("p", text: "Done: \(receipt)")
          }
        }
        html.element("section", .classes("card")) { facts(&$0) }
        if !view.isOver {
          html.element("section", .classes("card")) { acknowledgement(&$0) }
          if view.target != nil { html.element("section", .classes("card")) { silence(&$0) } }
        }
      }
    }
    response.sendsForms = true
    return response
  }

  // MARK: What is wrong

  private func facts(_ html: inout HTML) {
    html.element("h1") { html in
      html.badge(view.level, view.state)
      html.text(" \(view.heading)")
    }
    for fact in view.facts {
      html.element("p", .classes("fact"), text: fact.text)
      for line in fact.lines { html.element("p", .classes("soft"), text: line) }
    }
    for note in view.notes { html.element("p", .classes("soft"), text: note) }
    if let about = view.about { html.element("p", text: about) }
    if let node {
      if let graph = view.graph.flatMap(node.graph) {
        html.element("a", .href(.graph(graph, of: node))) { html in
          html.void(
            "img", .classes("picture"), .src(.picture(graph, of: node, period)),
            .init("alt", "\(graph.graph.shownTitle) on \(node.name), by \(period.rawValue)"))
        }
        html.element("p") { html in
          html.element("a", .href(.graph(graph, of: node)), text: "The page of the graph")
        }
      } else {
        html.element("p") { html in
          html.element("a", .href(.node(node)), text: "The page of \(node.name)")
        }
      }
    }
    if let group {
      html.element("p") { html in
        html.element("a", .href(.group(group)), text: "The page of \(group.joined(separator: ";"))")
      }
    }
    html.element(
      "p", .classes("soft"),
      text: "Incident \(view.incident)\(view.isOver ? " is over" : "") · sent to \(view.contact)")
  }

  /// The shortest one that shows the beginning.
  private var period: Period {
    switch layout.now - view.start {
    case ..<3600: .hour
    case ..<86_400: .day
    case ..<(7 * 86_400): .week
    case ..<(31 * 86_400): .month
    default: .year
    }
  }

  // MARK: Buttons

  private func acknowledgement(_ html: inout HTML) {
    html.element("h2", text: "Acknowledge")
    if let ack = view.acknowledgement {
      html.element("p") { html in
        html.text("\(ack.who) has acknowledged it at ")
        html.time(ack.at)
        html.text(ack.why.isEmpty ? "." : ": \(ack.why)")
      }
    }
    html.element(
      "p", .classes("soft"),
      text: "Somebody looks at it: no reminders and no escalation until it is worse or over.")
    form(&html, "ack") { html in
      reason(&html)
      html.element("button", text: "Acknowledge")
    }
  }

  private func silence(_ html: inout HTML) {
    html.element("h2", text: "Silence")
    html.element(
      "p", .classes("soft"),
      text:
        "Nobody is told of trouble of \(view.target ?? "") for a while. It is logged, and what is still wrong at the end is told then."
    )
    for wider in view.widerSilences {
      html.element("p") { html in
        html.text("\(wider.target) is silenced until ")
        html.time(wider.until)
        html.text(" by \(wider.who)\(wider.why.isEmpty ? "" : ": \(wider.why)"), and this with it.")
      }
    }
    if let silence = view.silence {
      html.element("p") { html in
        html.text("Silenced until ")
        html.time(silence.until)
        html.text(" by \(silence.who)\(silence.why.isEmpty ? "" : ": \(silence.why)").")
      }
      form(&html, "unsilence") { $0.element("button", text: "End the silence") }
      return
    }
    form(&html, "silence") { html in
      html.element("label") { html in
        html.text("For")
        html.element("select", .init("name", "hours")) { html in
          for hours in Self.hours {
            html.element("option", .init("value", "\(hours)"), text: TimeSpan.text(hours * 3600))
          }
        }
      }
      reason(&html)
      html.element("button", text: "Silence")
    }
  }

  private func reason(_ html: inout HTML) {
    html.element("label") { html in
      html.text("Why (for the log and for others)")
      html.void(
        "input", .init("name", "why"), .init("maxlength", "200"), .init("autocomplete", "off"))
    }
  }

  /// A form with the link's own fields: they are the proof that it comes from this page.
  private func form(
    _ html: inout HTML, _ action: StaticString, _ content: (inout HTML) -> Void
  ) {
    html.element("form", .init("method", "post"), .action(.alert)) { html in
      for (name, value) in view.fields + [(name: "action", value: action.description)] {
        html.void(
          "input", .init("type", "hidden"), .init("name", name), .init("value", value))
      }
      content(&html)
    }
  }
}
