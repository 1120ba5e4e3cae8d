internal import Collector
internal import MuninWire
internal import RRD

/// An address of this site, encoded. It begins with a slash and a letter, so it never leaves the site.
struct SiteLink: Hashable, Sendable {
  let text: String

  /// The overview, or the style sheet and such.
  init(_ path: StaticString) { text = path.description }

  /// A page whose path has parts from outside.
  private init(parts: [String], ending: String = "") {
    var bytes: [UInt8] = []
    for part in parts {
      bytes.append(UInt8(ascii: "/"))
      bytes += Self.encoded(part)
    }
    text = String(decoding: bytes, as: UTF8.self) + ending
  }

  static let overview = SiteLink("/")
  static let styleSheet = SiteLink("/style.css")
  static let icon = SiteLink("/icon.svg")
  static let list = SiteLink("/nodes.json")

  /// The page of a group.
  static func group(_ groups: [String]) -> SiteLink { SiteLink(parts: groups, ending: "/") }

  /// The page of a node.
  static func node(_ node: NodeView) -> SiteLink {
    SiteLink(parts: node.groups + [node.name], ending: "/")
  }

  /// The part of a node's page that shows a category.
  static func category(_ category: String, of node: NodeView) -> SiteLink {
    SiteLink(
      parts: node.groups + [node.name],
      ending: "/#" + String(decoding: encoded(category), as: UTF8.self))
  }

  /// The page of a service; the dots of a nested one are slashes, as munin has it.
  static func service(_ service: ServiceView, of node: NodeView) -> SiteLink {
    SiteLink(parts: node.groups + [node.name] + parts(service))
  }

  /// A picture of a service: munin's `…/load-day.png`.
  static func picture(
    _ service: ServiceView, of node: NodeView, _ period: Period, small: Bool = false
  ) -> SiteLink {
    let link = SiteLink.service(service, of: node).text + "-\(period.rawValue).png"
    return SiteLink(encoded: small ? link + "?only_graph=on&size_x=180&size_y=40" : link)
  }

  private init(encoded text: String) { self.text = text }

  private static func parts(_ service: ServiceView) -> [String] {
    service.graph.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }

  /// RFC 3986: letters, digits and `-._~` stand for themselves.
  private static func encoded(_ part: String) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in part.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return bytes
  }
}

/// The times that pictures show, the shortest first.
enum Period: String, CaseIterable, Sendable {
  case hour, day, week, month, year

  var graphPeriod: GraphPeriod {
    switch self {
    case .hour: .hour
    case .day: .day
    case .week: .week
    case .month: .month
    case .year: .year
    }
  }
}
