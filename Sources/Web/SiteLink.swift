internal import Collector
internal import MuninWire
internal import RRD
internal import Text

/// An address of this site, encoded. It begins with a slash and a letter, or is the name of a page, so it never leaves the site.
struct SiteLink: Hashable, Sendable {
  let text: String

  /// Whether it is a path, and not the name of a page beside this one.
  var isPath: Bool { text.utf8.first == UInt8(ascii: "/") }

  /// The overview, or the style sheet and such.
  init(_ path: StaticString) { text = path.description }

  private init(_ path: PagePath) { text = path.description }

  static let overview = SiteLink("/")
  static let styleSheet = SiteLink("/style.css")
  static let icon = SiteLink("/icon.svg")
  static let list = SiteLink("/nodes.json")

  /// The page of a group.
  static func group(_ groups: [String]) -> SiteLink { SiteLink(.group(groups)) }

  /// The page of a node.
  static func node(_ node: NodeView) -> SiteLink { SiteLink(.node(node.name, in: node.groups)) }

  /// The page of a node that may not be in munin.conf any more.
  static func node(_ name: String, in groups: [String]) -> SiteLink {
    SiteLink(.node(name, in: groups))
  }

  /// The part of a node's page that shows a category.
  static func category(_ category: String, of node: NodeView) -> SiteLink {
    SiteLink(.node(node.name, in: node.groups, category: category))
  }

  /// The page of a graph.
  static func graph(_ view: GraphView, of node: NodeView) -> SiteLink {
    SiteLink(.graph(view.graph.name, of: node.name, in: node.groups))
  }

  /// What a form is sent to: beside the page itself, so that a proxy may put the pages into a folder.
  static let alert = SiteLink("alert")

  /// A picture of a graph: munin's `…/load-day.png`.
  static func picture(
    _ view: GraphView, of node: NodeView, _ period: Period, small: Bool = false
  ) -> SiteLink {
    let link = SiteLink.graph(view, of: node).text + "-\(period.rawValue).png"
    return SiteLink(encoded: small ? link + "?only_graph=on&size_x=180&size_y=40" : link)
  }

  private init(encoded text: String) { self.text = text }
}
