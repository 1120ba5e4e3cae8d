/// An address of a web server: `https://munin.example.com:8443/path`.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// As it is written.
  public let text: String
  /// The name in a `Host` header, without port: an IPv6 address in brackets, letters small.
  public let host: String
  /// What stands behind host and port, up to a `?` or `#`.
  private let wholePath: String
  /// Whether name or password stand before the host.
  let hasUser: Bool
  /// Whether a `?` or `#` stands in it.
  let hasQuery: Bool

  static let mostBytes = 2000

  public init?(_ text: String) {
    guard let scheme = ["https://", "http://"].first(where: text.hasPrefix),
      text.utf8.count <= Self.mostBytes,
      // Printed ASCII only: it goes into a request's first line.
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") })
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    var place = rest.prefix { !"/?#".contains($0) }
    hasQuery = rest.dropFirst(place.count).contains { "?#".contains($0) }
    wholePath = String(rest.dropFirst(place.count).prefix { !"?#".contains($0) })
    hasUser = place.contains("@")
    if let at = place.lastIndex(of: "@") { place = place[place.index(after: at)...] }
    guard let host = HostPort(String(place))?.host ?? HostPort.host(String(place)), host != "*"
    else { return nil }
    self.text = text
    self.host = host.contains(":") ? "[\(host.lowercased())]" : host.lowercased()
  }

  public var description: String { text }

  /// The path without slashes at its end: `/munin`, or empty.
  public var path: String {
    var path = wholePath[...]
    while path.last == "/" { path.removeLast() }
    return String(path)
  }

  /// Whether the path has nothing that has to be escaped, nor an empty part, `.` or `..`.
  var hasPlainPath: Bool {
    path.isEmpty
      || path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !["", ".", ".."].contains($0)
          && $0.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-._~".utf8.contains(byte)
            }
          }
      }
  }

  /// The address without slashes at its end, for a path to be put behind it.
  public var withoutEndSlash: String {
    var text = text[...]
    while text.last == "/" { text.removeLast() }
    return String(text)
  }
}

extension Directive {
  func webAddress() throws(SettingFinding) -> WebAddress {
    guard let address = WebAddress(value) else {
      throw expected("an address such as https://example.com/path")
    }
    return address
  }

  /// The address of the pages: paths are put behind it, and everybody who gets a mail sees it.
  func pagesAddress() throws(SettingFinding) -> WebAddress {
    guard let address = WebAddress(value), !address.hasUser, !address.hasQuery,
      address.hasPlainPath
    else {
      throw expected(
        "an address such as https://example.com/munin, without user, ? and #, its path of letters, digits and -._~"
      )
    }
    return address
  }
}
