internal import MuninWire

/// The `contact.NAME.webhook…` lines of a contact.
public struct Webhook: Sendable, Hashable {
  /// A header of the request.
  public struct Header: Sendable, Hashable {
    public let name: String
    /// In munin's template language.
    public let value: String
  }

  /// Where messages are posted to; `nil` for nowhere.
  public var address: WebAddress?
  /// The body, in munin's template language; JSON of the collector's own when not set.
  public var text: String?
  public var type = "application/json"
  public var headers: [Header] = []
  /// A file that holds the key of the signature and nothing else.
  public var secretFile: String?

  public init() {}
}

extension Directive {
  /// `Title: ${var:subject};;Priority: 5`
  func webhookHeaders() throws(SettingFinding) -> [Webhook.Header] {
    let wrong = expected("headers such as 'Title: ${var:subject};;Priority: 5'")
    var headers: [Webhook.Header] = []
    for part in value.split(separator: ";", omittingEmptySubsequences: false).joinedAtSingles {
      guard let colon = part.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw wrong }
      let name = part[..<colon].words()
      let value = part[part.utf8.index(after: colon)...].trimmingBlanks
      guard name.count == 1, name[0].utf8.allSatisfy({ $0.isWord || $0 == UInt8(ascii: "-") }),
        !value.isEmpty, headers.count < 20
      else { throw wrong }
      headers.append(Webhook.Header(name: name[0], value: value))
    }
    return headers
  }

  /// `text/plain; charset=utf-8`
  func mediaType() throws(SettingFinding) -> String {
    let type = value.prefix { $0 != ";" }.split(
      separator: "/", omittingEmptySubsequences: false)
    guard type.count == 2, value.utf8.count <= 200,
      type.allSatisfy({ part in
        let bytes = part.trimmingBlanks.utf8
        return !bytes.isEmpty
          && bytes.allSatisfy { $0.isWord || $0.isDigit || "!#$&^.+-".utf8.contains($0) }
      }), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else { throw expected("a media type such as text/plain") }
    return value
  }
}

extension Substring {
  /// Without blanks at either end.
  fileprivate var trimmingBlanks: String {
    let bytes = utf8
    guard let first = bytes.firstIndex(where: { !$0.isBlank }),
      let last = bytes.lastIndex(where: { !$0.isBlank })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }
}

extension [Substring] {
  /// What was split at each `;`, put together again where one stood alone: so `;;` separates.
  fileprivate var joinedAtSingles: [String] {
    var parts = [String(first ?? "")]
    var index = 1
    while index < count {
      if self[index].isEmpty, index + 1 < count {
        parts.append(String(self[index + 1]))
        index += 2
      } else {
        parts[parts.count - 1] += ";" + self[index]
        index += 1
      }
    }
    return parts
  }
}
