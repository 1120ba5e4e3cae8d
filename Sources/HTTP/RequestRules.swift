/// Which requests get no more than a refusal.
struct RequestRules: Sendable {
  /// The names a client may call this server by; `nil` when any will do.
  let names: Set<String>?
  /// The names by which a proxy in front is known, in small letters: a page that it passed on sends its forms from there.
  private let proxies: Set<String>

  /// The most bytes of a form.
  static let mostFormBytes = 4096

  /// - Parameters:
  ///   - isLoopback: whether the server listens on this machine alone. Then a request with
  ///     another name comes from DNS rebinding: a foreign page whose own name was resolved to 127.0.0.1, so that
  ///     a browser here would read our pages for it.
  ///   - names: further names that are right, such as that of a proxy in front.
  init(isLoopback: Bool, names: [String] = []) {
    proxies = Set(names.map { $0.lowercased() })
    self.names = isLoopback ? proxies : nil
  }

  /// The refusal, or `nil` for a request to be answered.
  ///
  /// - Parameters:
  ///   - headers: with their names in small letters.
  ///   - authority: the host of an absolute target, which stands above the header.
  ///   - isOldest: whether the client speaks HTTP/1.0, which knows no `Host`.
  ///   - isForm: whether it is a POST; other requests have no body.
  func refusal(
    of headers: [HTTPHeader], authority: String?, isOldest: Bool, isForm: Bool = false
  ) -> HTTPResponse? {
    // A proxy in front must not see another end of the message than we do (request smuggling).
    guard headers.allSatisfy({ !$0.name.isEmpty && $0.name.utf8.allSatisfy(Self.isToken) }) else {
      return .text("expected a name before the colon of each header", status: 400)
    }
    let lengths = headers.filter { $0.name == "content-length" }
    guard lengths.count < 2, isForm || lengths.allSatisfy({ $0.value == "0" }),
      !headers.contains(where: { $0.name == "transfer-encoding" })
    else {
      return .text(
        "expected a request \(isForm ? "of a given length" : "without a body")", status: 400)
    }
    let hosts = headers.filter { $0.name == "host" }
    guard hosts.count == 1 || (hosts.isEmpty && isOldest) else {
      return .text("expected one Host header", status: 400)
    }
    for host in [authority, hosts.first?.value] {
      if let host, !accepts(host: host) {
        return .text("expected a name of this machine as the host", status: 421)
      }
    }
    return isForm ? refusal(ofForm: headers, host: authority ?? hosts.first?.value) : nil
  }

  /// A form comes from a page of this server: a browser says in `Origin` where it comes from. It has a length that is known and small.
  private func refusal(ofForm headers: [HTTPHeader], host: String?) -> HTTPResponse? {
    func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    guard let length = value("content-length"), !length.isEmpty,
      length.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return .text("expected a Content-Length", status: 411) }
    guard let count = Int(length), count <= Self.mostFormBytes else {
      return .text("expected a form of at most \(Self.mostFormBytes) bytes", status: 413)
    }
    let type = (value("content-type") ?? "").prefix { $0 != ";" }.lowercased()
    guard type.split(separator: " ") == ["application/x-www-form-urlencoded"] else {
      return .text("expected application/x-www-form-urlencoded", status: 415)
    }
    let origins = headers.filter { $0.name == "origin" }
    guard origins.allSatisfy({ isOwn(origin: $0.value, host: host) }) else {
      return .text("expected a form of this server's own page", status: 403)
    }
    return nil
  }

  /// Whether a page at `https://munin.example.org` is one of this server, directly or through the proxy. Ports may differ.
  private func isOwn(origin: String, host: String?) -> Bool {
    guard let scheme = ["https://", "http://"].first(where: origin.hasPrefix),
      let name = Self.name(inAuthority: String(origin.dropFirst(scheme.count)))
    else { return false }
    return proxies.contains(name) || host.flatMap(Self.name) == name
  }

  /// Whether `localhost:4950`, `[::1]`, `127.0.0.1` is a name of this server.
  func accepts(host: String) -> Bool {
    guard let names else { return true }
    guard let name = Self.name(inAuthority: host) else { return false }
    if name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" { return true }
    return Self.isLoopbackAddress(name) || names.contains(name)
  }

  /// The host of `host:port` in small letters, with or without a port (RFC 3986, section 3.2); `nil` for anything else, as `host:80@other`
  /// or `host:80.other`.
  static func name(inAuthority text: String) -> String? {
    let end: String.Index
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      let inner = text[text.index(after: text.startIndex)..<close].utf8
      guard !inner.isEmpty, inner.allSatisfy(isOfAddress) else { return nil }
      end = text.index(after: close)
    } else {
      end = text.firstIndex(of: ":") ?? text.endIndex
      guard end > text.startIndex, text[..<end].utf8.allSatisfy(isOfName) else { return nil }
    }
    let port = text[end...]
    guard port.isEmpty || (port.first == ":" && port.dropFirst().utf8.allSatisfy(isDigit)) else {
      return nil
    }
    return text[..<end].lowercased()
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
    default: "-._".utf8.contains(byte)
    }
  }

  private static func isOfAddress(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: ":.".utf8.contains(byte)
    }
  }

  /// Four numbers of which the first is 127; `127.0.0.1.example.org` is not one.
  private static func isLoopbackAddress(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// RFC 9110, section 5.6.2.
  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
