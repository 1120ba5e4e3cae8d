internal import Glibc

/// Where a server tells of itself: a page over HTTP, or php-fpm's over FastCGI.
struct StatusAddress: Sendable, Equatable {
  enum Words: Sendable { case http, fastCGI }

  enum Place: Sendable, Equatable {
    case tcp(host: String, port: UInt16)
    case unix(String)
  }

  /// As it was written.
  let text: String
  let words: Words
  let place: Place
  /// With its query.
  let path: String

  /// `http://HOST[:PORT]/PATH`, `fcgi://HOST:PORT[/PATH]` or `fcgi:/SOCKET[:/PATH]`; a host is a numeric address or
  /// `localhost`. Names are not looked up: that can take as long as it likes.
  ///
  /// - Returns: `nil` for anything else.
  init?(_ text: String) {
    self.text = text
    guard text.utf8.count <= 1000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    if text.hasPrefix("fcgi:/"), !text.hasPrefix("fcgi://") {
      let parts = text.dropFirst(5).split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 1 || parts[1].hasPrefix("/"), parts[0].utf8.count < 108 else {
        return nil
      }
      words = .fastCGI
      place = .unix(parts[0])
      path = parts.count > 1 ? parts[1] : "/status"
      return
    }
    let isHTTP = text.hasPrefix("http://")
    guard isHTTP || text.hasPrefix("fcgi://") else { return nil }
    let rest = text.dropFirst(7)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    guard let place = StatusAddress.place(String(rest[..<slash]), isHTTP ? 80 : nil) else {
      return nil
    }
    words = isHTTP ? .http : .fastCGI
    self.place = place
    path = slash < rest.endIndex ? String(rest[slash...]) : isHTTP ? "/" : "/status"
  }

  private static func place(_ text: String, _ standard: UInt16?) -> Place? {
    var host = text
    var port = standard
    // An IPv6 address has colons of its own, so it stands in brackets.
    let colon = text.hasSuffix("]") ? nil : text.lastIndex(of: ":")
    if let colon {
      port = UInt16(text[text.index(after: colon)...])
      host = String(text[..<colon])
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    var four = in_addr()
    var six = in6_addr()
    guard let port, port > 0,
      inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    else { return nil }
    return .tcp(host: host, port: port)
  }
}
