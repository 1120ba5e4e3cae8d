internal import MuninWire

/// A recipient of alerts: the `contact.NAME.…` lines of munin.conf.
public struct Contact: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable, CaseIterable {
    case ok, warning, critical, unknown
  }

  public var name: String
  /// A shell command that is given the message; may hold `${var:…}`.
  public var command: String?
  /// A mail address, written to without any command.
  public var email: String?
  /// The template of the message.
  public var text: String?
  /// Levels that are sent again at each poll.
  public var alwaysSend: Set<Severity>

  public init(name: String, command: String? = nil, email: String? = nil, text: String? = nil) {
    self.name = name
    self.command = command
    self.email = email
    self.text = text
    // Nagios takes a passive check that is not repeated for stale.
    alwaysSend = name == "nagios" ? [.critical, .warning] : []
  }

  /// Whether a message can go anywhere. `contact.default` often only sets the text of all others.
  public var isReachable: Bool { command != nil || email != nil }

  /// Words of a list of contacts that stand for nobody: `no` is munin's older one.
  static let nobody = ["none", "no"]

  /// Whether a contact may have the name.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text != "none"
      && text.utf8.allSatisfy {
        $0.isLetter || $0.isDigit || "-_@+=,~%".utf8.contains($0) || $0 > 0x7F
      }
  }

  /// Sets what `contact.NAME.word` says.
  mutating func apply(_ word: String, _ directive: Directive) throws(SettingFinding) {
    switch word {
    case "command": command = directive.value
    case "text": text = directive.value
    case "email": email = try directive.mailAddress()
    case "always_send": alwaysSend = try directive.severities()
    default: preconditionFailure("not a contact's word: \(word)")
    }
  }
}

extension Directive {
  /// One plain address: no display name, no list, no comment.
  func mailAddress() throws(SettingFinding) -> String {
    let parts = value.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    let forbidden = " \t<>,;:()[]\"\\".utf8
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), value.utf8.count <= 254,
      !value.utf8.contains(where: forbidden.contains)
    else { throw expected("a mail address") }
    return value
  }

  /// `warning, critical`
  func severities() throws(SettingFinding) -> Set<Contact.Severity> {
    var severities: Set<Contact.Severity> = []
    for word in value.words(separatedBy: { $0.isBlank || $0 == UInt8(ascii: ",") }) {
      guard let severity = Contact.Severity(rawValue: word.lowercased()) else {
        throw expected("a list of ok, warning, critical, unknown")
      }
      severities.insert(severity)
    }
    return severities
  }
}
