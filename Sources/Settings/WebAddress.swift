/// An address of a web server: `https://munin.example.com:8443/path`.
public struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// As it is written.
  public let text: String
  /// The name in a `Host` header, without port: an IPv6 address in brackets, letters small.
  public let host: String
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
    hasUser = place.contains("@")
    if let at = place.lastIndex(of: "@") { place = place[place.index(after: at)...] }
    guard let host = HostPort(String(place))?.host ?? HostPort.host(String(place)), host != "*"
    else { return nil }
    self.text = text
    self.host = host.contains(":") ? "[\(host.lowercased())]" : host.lowercased()
  }

  public var description: String { text }

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
    guard let address = WebAddress(value), !address.hasUser, !address.hasQuery else {
      throw expected("an address such as https://munin.example.com, without user, ? and #")
    }
    return address
  }
}
