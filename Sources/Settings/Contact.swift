/// Somebody who is told of trouble: the `contact.NAME.…` lines of munin.conf.
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
  /// Severities that are told again in every round.
  public var alwaysSend: Set<Severity>
  /// Messages for one run of the command; 0 is no limit.
  public var maxMessages = 0

  public init(name: String, command: String? = nil, email: String? = nil, text: String? = nil) {
    self.name = name
    self.command = command
    self.email = email
    self.text = text
    // A passive check goes stale when it is not repeated.
    alwaysSend = name == "nagios" ? [.critical, .warning] : []
  }

  /// Whether a message can go anywhere. `contact.default` often only sets the text of all others.
  public var isReachable: Bool { command != nil || email != nil }

  static let attributes = ["command", "email", "text", "always_send", "max_messages"]

  /// Takes `contact.NAME.attribute`; `attribute` is one of `attributes`.
  mutating func take(_ attribute: String, _ directive: Directive) throws(SettingProblem) {
    switch attribute {
    case "command": command = directive.value
    case "text": text = directive.value
    case "max_messages": maxMessages = try directive.whole(in: 0...1_000_000)
    case "always_send":
      var severities: Set<Severity> = []
      for word in directive.value.words(separatedBy: { $0.isBlank || $0 == UInt8(ascii: ",") }) {
        guard let severity = Severity(rawValue: word.lowercased()) else {
          throw directive.expected("a list of ok, warning, critical, unknown")
        }
        severities.insert(severity)
      }
      alwaysSend = severities
    case "email": email = try directive.mailAddress()
    default: preconditionFailure("not a contact's attribute: \(attribute)")
    }
  }
}

extension Directive {
  /// One plain address. What a mail server would make of the rest is its own business.
  func mailAddress() throws(SettingProblem) -> String {
    let parts = value.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    let forbidden = " \t<>,;:()[]\"\\".utf8
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), value.utf8.count <= 254,
      !value.utf8.contains(where: forbidden.contains)
    else { throw expected("a mail address") }
    return value
  }
}
