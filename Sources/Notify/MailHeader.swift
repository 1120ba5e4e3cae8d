/// A further header of a mail.
public struct MailHeader: Sendable, Hashable {
  let name: String
  /// Whether the value is a name below this machine's, as that of a list.
  private let isListName: Bool
  private let text: String

  /// A header with a text for programs: other characters than printable ASCII become `?`.
  init(_ name: String, _ text: String) {
    self.name = name
    isListName = false
    let ascii = oneLine(text, limit: 200).unicodeScalars.map { $0.isASCII ? Character($0) : "?" }
    self.text = String(ascii)
  }

  private init(list: String) {
    name = "List-Id"
    isListName = true
    text = list
  }

  /// The mails about a group are a list (RFC 2919), by which a reader's filters sort them.
  static func list(of groups: [String]) -> MailHeader {
    let parts = groups.prefix(8).map { group in
      String(
        decoding: group.utf8.prefix(30).map {
          $0.isLetterOrDigit || $0 == UInt8(ascii: "-") ? $0 : UInt8(ascii: "-")
        }, as: UTF8.self)
    }
    let name = parts.filter { !$0.isEmpty }.joined(separator: ".")
    return MailHeader(list: name.isEmpty ? "apus" : "\(name).apus")
  }

  func value(at host: String) -> String { isListName ? "<\(text).\(host)>" : text }
}
