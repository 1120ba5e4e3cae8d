internal import MuninWire

/// A host and a TCP port: where to listen or to connect to.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
  /// A name, an address without brackets, or `*`.
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `localhost:4950`, `127.0.0.1:4950`, `[::1]:4950`, `*:4950`.
  public init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
      let port = wholeNumber(String(text[text.utf8.index(after: colon)...])), port <= 65535,
      let host = Self.host(String(text[..<colon])),
      !text[..<colon].contains(":") || text.first == "["
    else { return nil }
    self.init(host: host, port: port)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The host without brackets, or `nil` when it is neither `*`, an address nor a name.
  static func host(_ text: String) -> String? {
    if text.first == "[", text.last == "]", text.utf8.count > 2 {
      let inner = String(text.dropFirst().dropLast())
      return inner.contains(":") && Address(inner) != nil ? inner : nil
    }
    return text == "*" || Address(text) != nil || isHostName(text) ? text : nil
  }
}

/// Whether a resolver may be asked for it. An underscore is no host name's, but names with one exist.
func isHostName(_ text: some StringProtocol) -> Bool {
  (1...255).contains(text.utf8.count)
    && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || "-._".utf8.contains($0) }
    && text.utf8.contains { $0.isLetter || $0.isDigit }
}
