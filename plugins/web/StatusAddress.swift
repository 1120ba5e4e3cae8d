internal import Glibc

/// The address of a server's status page, over HTTP or, for php-fpm, over FastCGI.
struct StatusAddress: Sendable, Equatable {
  enum Words: Sendable { case http, fastCGI }

  enum Place: Sendable, Equatable {
    case tcp(host: String, port: UInt16)
    case unix(String)
  }

  /// As the settings have it.
  let text: String
  let words: Words
  let place: Place
  /// With its query.
  let path: String

  /// `http://HOST[:PORT]/PATH`, `fcgi://HOST:PORT[/PATH]` or `fcgi:/SOCKET[:/PATH]`; a host is a numeric address or
  /// `localhost`. Names are not looked up, since a look-up may take longer than the whole answer.
  ///
  /// - Returns: `nil` for every other form.
  init?(_ text: String) {
    self.text = text
    guard text.utf8.count <= 1000, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    if text.hasPrefix("fcgi:/"), !text.hasPrefix("fcgi://") {
      let rest = text.dropFirst(5)
      // The name of a folder may contain a colon; the page follows the last one.
      var end = rest.endIndex
      if let colon = rest.lastIndex(of: ":") {
        let behind = rest[rest.index(after: colon)...]
        guard behind.contains("/") else { return nil }
        if behind.hasPrefix("/") { end = colon }
      }
      guard rest[..<end].utf8.count < 108 else { return nil }
      words = .fastCGI
      place = .unix(String(rest[..<end]))
      path = end < rest.endIndex ? String(rest[rest.index(after: end)...]) : "/status"
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
    // An IPv6 address contains colons, so it is in brackets.
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
