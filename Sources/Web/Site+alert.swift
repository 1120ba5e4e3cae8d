internal import Collector
internal import EventLoop
internal import HTTP
internal import Limits
internal import Text

/// The page of signed links, which messages have. To open it changes nothing, since mail scanners open links; its buttons send a form.
extension Site {
  static let alertPage = "alert"

  /// The pages that take a form, for ``HTTP/HTTPServer``.
  /// - Parameter publicPath: the path of `web_url`.
  public static func forms(publicPath: String = "") -> Set<String> {
    [alertPage, String((PagePrefix(publicPath).text + "/" + alertPage).dropFirst())]
  }

  /// The longest query: four fields and the number of an order.
  private static let mostQueryItems = 8

  @LoopActor
  func alert(_ request: HTTPRequest) async -> HTTPResponse {
    guard let alerts else { return .notFound }
    var response: HTTPResponse
    if request.method == .post {
      response = await carryOut(request, alerts)
    } else {
      response = await show(request, alerts)
    }
    // It holds what only the contact should have.
    response.setCaching("no-store")
    return response
  }

  // MARK: The page

  @LoopActor
  private func show(_ request: HTTPRequest, _ alerts: any AlertDesk) async -> HTTPResponse {
    let names = request.query.map(\.name)
    guard names.count <= Self.mostQueryItems, Set(names).count == names.count else {
      return refusal("expected each field once")
    }
    let order = request.query("o").flatMap { $0.utf8.count < 16 ? Int($0) : nil }
    switch await alerts.look({ request.query($0) }, after: order) {
    case .refused(let words): return refusal(words, status: 403)
    case .granted(let view):
      let node = view.node.flatMap { source.node(NodeName(groups: view.groups, name: $0)) }
      let isGroup =
        view.node == nil && !view.groups.isEmpty
        && source.names.contains { $0.groups.starts(with: view.groups) }
      return AlertPage(
        layout: layout, view: view, node: node, group: isGroup ? view.groups : nil
      ).response
    }
  }

  /// People open links and press buttons: they get a page, as of all that works.
  @LoopActor
  private func refusal(_ words: String, status: Int = 400) -> HTTPResponse {
    let title = "Nothing was done"
    var response = layout.page(
      title: title, level: .ok, crumbs: [.init(name: title, link: nil)], isRefreshed: false
    ) { html in
      html.element("div", .classes("alert")) { html in
        html.element("section", .classes("card")) { html in
          html.element("h1", text: title)
          html.element("p", .classes("fact"), text: words)
        }
      }
    }
    response.status = status
    return response
  }

  // MARK: The form

  @LoopActor
  private func carryOut(_ request: HTTPRequest, _ alerts: any AlertDesk) async -> HTTPResponse {
    guard let fields = request.form else {
      return refusal(
        "expected the fields of the page's form, each once, without control characters")
    }
    let order: AlertPageOrder
    switch Self.order(fields) {
    case .success(let read): order = read
    case .failure(let finding): return refusal(finding.words)
    }
    switch await alerts.give(order, { fields[$0] }) {
    case .taken(let number, let query):
      return .done(seeing: "\(Self.alertPage)?\(query)&o=\(number)")
    case .refused(let words): return refusal(words, status: 403)
    case .impossible(let words): return refusal(words)
    case .tooMany(let words): return refusal(words, status: 429)
    case .failed(let words): return refusal(words, status: 503)
    }
  }

  /// Why a form orders nothing.
  private struct FormFinding: Error {
    let words: String
  }

  private static func order(
    _ fields: [String: String]
  ) -> Result<AlertPageOrder, FormFinding> {
    let why = (fields["why"] ?? "").split(separator: " ").joined(separator: " ")
    guard why.utf8.count <= AlertPageOrder.mostReasonBytes else {
      return .failure(
        FormFinding(words: "expected a reason of at most \(AlertPageOrder.mostReasonBytes) bytes"))
    }
    guard !why.hasUnprintable else {
      return .failure(
        FormFinding(
          words:
            "expected a reason without control characters and characters that turn the direction of reading"
        ))
    }
    switch fields["action"] {
    case "ack": return .success(.acknowledge(why: why))
    case "unsilence": return .success(.unsilence)
    case "silence":
      let hours = fields["hours"].flatMap { $0.utf8.count < 8 ? Int($0) : nil }
      guard let hours, (1...AlertPageOrder.mostHours).contains(hours) else {
        return .failure(
          FormFinding(words: "expected hours from 1 to \(AlertPageOrder.mostHours)"))
      }
      return .success(.silence(hours: hours, why: why))
    default: return .failure(FormFinding(words: "expected the action ack, silence or unsilence"))
    }
  }
}
