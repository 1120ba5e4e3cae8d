public import Collector
public import EventLoop
public import HTTP
internal import MuninWire
public import RRD
internal import Text

/// The collector's pages, pictures and lists. It only reads, but for the page of signed links.
public struct Site: Sendable {
  let source: any SiteSource
  let alerts: (any AlertDesk)?
  private let latest = LatestNodes()
  let clock: LoopClock
  private let version: String
  private let prefix: PagePrefix
  private let pictures: PictureStore
  private let metrics: @LoopActor () -> HTTPStream?
  private let archive: @LoopActor @Sendable (String) async -> NodeArchive?
  private let formerNodes: @LoopActor @Sendable () async -> [FormerNode]

  /// - Parameters:
  ///   - source: the collector, or what is known of one.
  ///   - version: the program's, for the foot of the pages.
  ///   - publicPath: the path of `web_url`, `/munin`; empty for none.
  ///   - metrics: makes the text of `/metrics`.
  ///   - archive: what was ever seen of a node, `group;host`.
  ///   - formerNodes: the nodes that munin.conf does not name any more.
  ///   - alerts: acknowledges and silences for those who have a signed link.
  ///   - prepare: brings a node's newest values into its files, before they are drawn.
  public init(
    source: any SiteSource, grapher: RRDGrapher, clock: LoopClock, version: String,
    publicPath: String = "", metrics: @escaping @LoopActor () -> HTTPStream? = { nil },
    archive: @escaping @LoopActor @Sendable (String) async -> NodeArchive? = { _ in nil },
    formerNodes: @escaping @LoopActor @Sendable () async -> [FormerNode] = { [] },
    alerts: (any AlertDesk)? = nil,
    prepare: @escaping @LoopActor @Sendable (String) async -> Void = { _ in }
  ) {
    self.alerts = alerts
    self.metrics = metrics
    self.archive = archive
    self.formerNodes = formerNodes
    self.source = source
    self.clock = clock
    self.version = version
    prefix = PagePrefix(publicPath)
    pictures = PictureStore(grapher: grapher, prepare: prepare)
  }

  /// Answers a request: the handler of an ``HTTP/HTTPServer``.
  @LoopActor
  public func answer(_ request: HTTPRequest) async -> HTTPResponse {
    if let inner = prefix.removed(from: request) {
      let response = await page(inner)
      // A group may have the name that the path begins with.
      if response.status != 404 { return response }
    }
    return await page(request)
  }

  @LoopActor
  private func page(_ request: HTTPRequest) async -> HTTPResponse {
    let now = clock.epoch
    if request.path == [Site.alertPage], !request.isFolder { return await alert(request) }
    guard request.method != .post else { return .notFound }
    if request.path == ["metrics"], !request.isFolder, let stream = metrics() {
      var response = HTTPResponse(OpenMetrics.contentType, stream)
      response.setCaching("no-store")
      return response
    }
    let view = { (name: NodeName) in latest.node(name, in: source, now: now) }
    var found = Route(request, in: source, node: view)
    if case nil = found { found = await formerRoute(request, view) }
    guard let route = found else { return .notFound }
    let layout = self.layout
    switch route {
    case .overview(let group):
      let former = await formerNodes().filter { $0.groups.starts(with: group) }
      return await OverviewPage(layout: layout, group: group, source: source, former: former)
        .response()
    case .node(let node):
      let node = await withArchive(node)
      return NodePage(layout: layout, node: node, sizes: pictures.sizes(of: node)).response()
    case .graph(let view, let node):
      let node = await withArchive(node)
      let sizes = pictures.sizes(of: node)
      return GraphPage(layout: layout, node: node, view: view, sizes: sizes).response()
    case .picture(let view, let node, let period):
      guard let key = PictureStore.Key(request, node, view, period) else {
        return .text("expected sizes from 32 to \(GraphRequest.largestSize)", status: 400)
      }
      return await picture(key, view, source.state.updateRate, now)
    case .list:
      return NodeList.response(NodeList(source: source, version: version))
    case .health:
      return Health(state: source.state, answers: source.answers, now: now).response
    case .metrics: return .notFound
    case .styleSheet:
      return fixed("text/css; charset=utf-8", StyleSheet.text)
    case .icon:
      return fixed("image/svg+xml", Icon.file)
    case .elsewhere(let link):
      return .moved(to: prefix.text + link.text)
    }
  }

  /// The frame of all pages.
  @LoopActor var layout: Layout {
    Layout(state: source.state, version: version, now: clock.epoch, prefix: prefix.text)
  }

  @LoopActor
  private func withArchive(_ node: NodeView) async -> NodeView {
    guard node.archive == nil else { return node }
    var node = node
    node.archive = await archive(node.path)
    return node
  }

  /// What a path leads to that the present does not know: a graph of a service that is gone, or a node that munin.conf does not name any
  /// more. Its history stays.
  @LoopActor
  private func formerRoute(
    _ request: HTTPRequest, _ view: (NodeName) -> NodeView?
  ) async -> Route? {
    let path = request.path
    if let name = Route.node(at: path, among: source.names), let node = view(name) {
      return Route(below: await withArchive(node), request)
    }
    for count in 2...max(2, min(path.count, 16)) where count <= path.count {
      let names = path.prefix(count)
      guard let archive = await archive(names.joined(separator: ";")) else { continue }
      var node = NodeView(
        groups: names.dropLast(), name: names.last ?? "", address: "not in munin.conf any more",
        isPolled: false)
      node.archive = archive
      return Route(below: node, request)
    }
    return nil
  }

  @LoopActor
  private func picture(
    _ key: PictureStore.Key, _ view: GraphView, _ updateRate: Int, _ now: Int
  ) async -> HTTPResponse {
    do throws(PictureStore.Problem) {
      let drawing = try await pictures.picture(key, of: view, updateRate: updateRate, now: now)
      var response = HTTPResponse.png(drawing.png)
      // Asked for again each time, and sent again only when it is another one.
      response.setCaching("no-cache")
      response.setVersion(drawing.version, changed: view.updated)
      return response
    } catch {
      switch error {
      case .busy:
        var response = HTTPResponse.text("too many pictures are being drawn", status: 503)
        response.headers.append(HTTPHeader("Retry-After", "5"))
        return response
      case .drawing(let error):
        return .text("\(error)", status: 500)
      }
    }
  }

  /// What changes with the program alone.
  private func fixed(_ type: StaticString, _ text: StaticString) -> HTTPResponse {
    var response = HTTPResponse(type, text.withUTF8Buffer { Array($0) })
    response.setCaching("max-age=300")
    response.setVersion("\(version.filter { $0.isLetter || $0.isNumber })-\(response.body.count)")
    return response
  }
}

/// The nodes that were asked for in this second: the many pictures of a page do not need a view each.
@LoopActor
private final class LatestNodes {
  private var views: [NodeName: NodeView] = [:]
  private var time = 0

  nonisolated init() {}

  func node(_ name: NodeName, in source: any SiteSource, now: Int) -> NodeView? {
    if now != time {
      views = [:]
      time = now
    }
    if let known = views[name] { return known }
    let view = source.node(name)
    views[name] = view
    return view
  }
}

extension PictureStore.Key {
  /// The picture that a request asks for, with munin's words for its size; `nil` for a size out of bounds.
  init?(_ request: HTTPRequest, _ node: NodeView, _ view: GraphView, _ period: Period) {
    func size(_ name: String) -> Int?? {
      guard let text = request.query(name) else { return .some(nil) }
      guard let size = Int(text), (32...GraphRequest.largestSize).contains(size) else { return nil }
      return size
    }
    guard let width = size("size_x"), let height = size("size_y") else { return nil }
    self.init(
      node: node.path, graph: view.graph.name, period: period, width: width, height: height,
      onlyGraph: ["on", "1", "yes", "true"].contains(request.query("only_graph") ?? ""))
  }
}
