internal import MuninWire
public import Text

/// A recipient of alerts: the `contact.NAME.…` lines of munin.conf.
public struct Contact: Sendable, Hashable {
  public enum Severity: String, Sendable, Hashable, CaseIterable {
    case ok, warning, critical, unknown
  }

  /// What happens to an incident, as far as a contact can choose to be told.
  public enum ToldStep: String, Sendable, Hashable, CaseIterable {
    case critical, warning, unknown
    /// Its end.
    case ok
    /// From critical to warning.
    case eased
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
  /// How many messages one process of ``command`` is given; 0 for no limit, `nil` where munin.conf does not say.
  public var maxMessages: Int?
  public var mailFormat = MailFormat.both
  /// Empty where only a digest is wanted.
  public var tell: Set<ToldStep> = [.critical, .warning, .unknown, .ok]
  /// Hours in which all but critical waits for their end.
  public var quiet: [WeekSpan] = []
  /// The most messages in a time; `nil` for no limit.
  public var rateLimit: CountInTime? = CountInTime(count: 30, seconds: 3600)
  public var escalation: Escalation?
  /// The zone of ``quiet`` and ``digest``; that of munin.conf's top level when not set.
  public var timezone: PlacedText?
  public var digest: DigestTime?
  /// Lines of the digest that are left out.
  public var ignore: [PatternSetting] = []
  public var ignoreFile: PlacedText?
  public var webhook = Webhook()
  public var syslog: SyslogFacility?

  public init(name: String, command: String? = nil, email: String? = nil, text: String? = nil) {
    self.name = name
    self.command = command
    self.email = email
    self.text = text
    // Nagios takes a passive check that is not repeated for stale.
    alwaysSend = name == "nagios" ? [.critical, .warning] : []
  }

  /// Whether a message can go anywhere. `contact.default` often only sets the text of all others.
  public var isReachable: Bool {
    command != nil || email != nil || webhook.address != nil || syslog != nil
  }

  /// Words of a list of contacts that stand for nobody: `no` is munin's older one.
  static let nobody = ["none", "no"]

  /// Whether a contact may have the name.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text != "none"
      && text.utf8.allSatisfy {
        $0.isLetter || $0.isDigit || "-_@+=,~%".utf8.contains($0) || $0 > 0x7F
      }
  }
}
