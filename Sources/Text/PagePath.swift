/// The path of a page of the collector's site, encoded.
///
/// Mails and pages build their links here, so that both lead to the same place: `/GROUP/NODE/` is a node's page,
/// `/GROUP/NODE/SERVICE` a graph's, with a slash for each dot of a nested graph's name, as munin has it.
public struct PagePath: Hashable, Sendable, CustomStringConvertible {
  /// The path. It begins with a slash and is never `//…`, so a link made of it never leaves the site.
  public let description: String

  private init(_ parts: [String], ending: String) {
    var bytes: [UInt8] = []
    for part in parts {
      bytes.append(UInt8(ascii: "/"))
      PagePath.appendEncoded(part, to: &bytes)
    }
    bytes += ending.utf8
    description = String(decoding: bytes, as: UTF8.self)
  }

  /// A group's page.
  public static func group(_ groups: [String]) -> PagePath { PagePath(groups, ending: "/") }

  /// A node's page.
  /// - Parameter category: the part of the page to show.
  public static func node(_ name: String, in groups: [String], category: String? = nil) -> PagePath
  {
    PagePath(groups + [name], ending: category.map { "/#" + encoded($0) } ?? "/")
  }

  /// A graph's page.
  public static func graph(_ graph: String, of node: String, in groups: [String]) -> PagePath {
    let parts = graph.split(separator: ".", omittingEmptySubsequences: true).map(String.init)
    return PagePath(groups + [node] + parts, ending: "")
  }

  /// A part of a path or of a query with everything escaped that could end it (RFC 3986, section 2.3).
  public static func encoded(_ part: String) -> String {
    var bytes: [UInt8] = []
    appendEncoded(part, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func appendEncoded(_ part: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in part.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
}
