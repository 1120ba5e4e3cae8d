internal import Collector
internal import HTTP
internal import Limits
internal import Text

/// What all pages share: head, way back, and foot.
struct Layout {
  let state: CollectorState
  let version: String
  let now: Int
  /// What stands before the paths of links.
  var prefix = ""

  /// A step of the way from the overview to the page.
  struct Crumb {
    let name: String
    /// `nil` for the page itself.
    let link: SiteLink?
  }

  /// A page.
  /// - Parameters:
  ///   - title: stands in the browser's tab, behind the state.
  ///   - level: the state of what is shown.
  ///   - isRefreshed: whether browsers load it again by themselves; not where somebody writes into it.
  func page(
    title: String, level: Level, crumbs: [Crumb], isRefreshed: Bool = true,
    content: (inout HTML) -> Void
  ) -> HTTPResponse {
    var html = HTML(prefix: prefix)
    html.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
    html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
    if isRefreshed {
      // As often as there are new values, but not more often than every ten seconds.
      html.void("meta", .init("http-equiv", "refresh"), .init("content", String(refresh)))
      html.markup("\n")
    }
    html.element(
      "title",
      text: level == .ok ? "\(title) · Apus" : "\(Wording.sign(of: level)) \(title) · Apus")
    html.markup("\n")
    html.void("link", .init("rel", "stylesheet"), .href(.styleSheet))
    html.void("link", .init("rel", "icon"), .href(.icon))
    html.markup("\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n")
    header(&html, crumbs)
    html.element("main", .id("content"), content: content)
    footer(&html)
    html.markup("</body>\n</html>\n")
    var response = HTTPResponse.html(html.bytes)
    response.setCaching("no-cache")
    return response
  }

  private var refresh: Int { min(max(state.updateRate, 10), 300) }

  private func header(_ html: inout HTML, _ crumbs: [Crumb]) {
    html.element("header", .classes("top")) { html in
      html.element("nav", .init("aria-label", "Way")) { html in
        html.element("a", .classes("brand"), .href(.overview)) { html in
          html.markup(Icon.inline)
          html.markup("<span>Apus</span>")
        }
        for crumb in crumbs {
          html.markup("<span class=\"slash\" aria-hidden=\"true\">/</span>")
          if let link = crumb.link {
            html.element("a", .href(link), text: crumb.name)
          } else {
            html.element("span", .init("aria-current", "page"), text: crumb.name)
          }
        }
      }
      html.element("p", .classes("clock")) { html in
        html.text("as of ")
        html.time(now)
      }
    }
  }

  private func footer(_ html: inout HTML) {
    html.element("footer") { html in
      html.element("p") { html in
        html.text("Apus \(version) · a poll every \(TimeSpan.text(state.updateRate)) · ")
        html.element("a", .href(.list), text: "nodes.json")
        if state.mailsWaiting > 0 {
          html.text(" · \(Amount.count(state.mailsWaiting, "mail")) waiting")
        }
        if state.mailsFailed > 0 {
          html.text(" · ")
          html.element(
            "strong", text: "\(Amount.count(state.mailsFailed, "mail")) could not be delivered")
        }
      }
    }
  }
}

extension HTML {
  /// A time, for people and for programs.
  mutating func time(_ time: Int) {
    element(
      "time", .init("datetime", CalendarTime(epoch: time).rfc3339),
      text: CalendarTime.local(time).text)
  }

  /// A state: a sign, a word and a colour.
  mutating func badge(_ level: Level, _ word: String? = nil) {
    element("span", .classes("badge \(level.rawValue)")) { html in
      html.element("span", .init("aria-hidden", "true"), text: Wording.sign(of: level))
      html.text(" " + (word ?? level.rawValue))
    }
  }

  /// The state of a field, a graph or a node; a neutral mark where nothing is judged.
  /// - Parameter reason: why not.
  mutating func badge(_ level: Level, isJudged: Bool, _ reason: String = "no limits") {
    guard !isJudged, level == .ok else { return badge(level) }
    element("span", .classes("badge none")) { html in
      html.element("span", .init("aria-hidden", "true"), text: "–")
      html.text(" " + reason)
    }
  }

  /// How long ago something was; the exact time shows when it is pointed at.
  mutating func ago(_ time: Int, now: Int) {
    element(
      "time", .init("datetime", CalendarTime(epoch: time).rfc3339),
      .init("title", CalendarTime.local(time).text),
      text: TimeSpan.text(now - time))
  }
}
