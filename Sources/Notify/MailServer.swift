/// The mail server, as in `smtp://mail.example.org:25`.
public struct MailServer: Sendable, Hashable, CustomStringConvertible {
  /// Whether the connection is protected.
  public enum Security: Sendable {
    /// Plain text, whatever the server offers.
    case none
    /// STARTTLS when the server offers it. As between mail servers, its certificate is not checked: this protects against
    /// passive listeners, and a self-signed certificate does not stop the alerts.
    case whenOffered
    /// STARTTLS with a valid certificate; else no mail is sent.
    case required
    /// TLS from the first byte (`smtps:`), with a valid certificate.
    case implicit
  }

  /// A name, an IPv4 address, or an IPv6 address in brackets.
  public let host: String
  public let port: Int
  public let security: Security

  public var description: String { "\(security == .implicit ? "smtps" : "smtp")://\(host):\(port)" }

  /// - Parameters:
  ///   - url: `smtp://host`, `smtp://host:port` or `smtps://…`; the ports are 25 and 465 if none is given.
  ///   - startTLS: what to do with an `smtp:` server.
  public init(_ url: String, startTLS: Security = .whenOffered) throws(MailError) {
    let problem = MailError(
      "expected smtp://host:port or smtps://host:port, found '\(oneLine(url, limit: 80))'")
    var rest = url[...]
    if rest.hasPrefix("smtp://") {
      security = startTLS
    } else if rest.hasPrefix("smtps://") {
      security = .implicit
    } else {
      throw problem
    }
    rest = rest.drop { $0 != "/" }.dropFirst(2)
    if rest.hasSuffix("/") { rest.removeLast() }
    let hostEnd =
      rest.hasPrefix("[")
      ? rest.firstIndex(of: "]").map { rest.index(after: $0) } ?? rest.endIndex
      : rest.firstIndex(of: ":") ?? rest.endIndex
    let host = rest[..<hostEnd]
    guard Self.isHost(host.utf8) else { throw problem }
    self.host = String(host)
    let portText = rest[hostEnd...]
    if portText.isEmpty {
      port = security == .implicit ? 465 : 25
    } else {
      let digits = portText.dropFirst()
      guard portText.hasPrefix(":"), digits.utf8.allSatisfy({ $0.isLetterOrDigit }),
        let port = Int(digits), (1...65_535).contains(port)
      else { throw problem }
      self.port = port
    }
  }

  private static func isHost(_ host: Substring.UTF8View) -> Bool {
    guard (1...255).contains(host.count) else { return false }
    if host.first == UInt8(ascii: "[") {
      return host.count > 2 && host.last == UInt8(ascii: "]")
        && host.dropFirst().dropLast().allSatisfy { $0.isLetterOrDigit || ":.".utf8.contains($0) }
    }
    return host.first != UInt8(ascii: "-")
      && host.allSatisfy { $0.isLetterOrDigit || ".-_".utf8.contains($0) }
  }
}
