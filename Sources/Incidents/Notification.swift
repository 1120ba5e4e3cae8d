/// What one contact is told at once, as facts: the lane that delivers it (mail, command, webhook, syslog) writes the words and draws the
/// picture at delivery.
public struct Notification: Sendable, Hashable {
  /// Why it is sent.
  public enum Kind: Int, Sendable, Hashable, CaseIterable {
    /// Incidents began, changed or ended.
    case change
    /// A trouble lasts and is not acknowledged (`repeat`).
    case reminder
    /// Another contact has not acknowledged a trouble in time (`escalate`).
    case escalation
    /// Changes that `rate_limit` has held back.
    case summary
    /// A message in each poll, as `always_send` asks for.
    case always
    /// A message that was ordered to try the way (`alerts test-mail`).
    case test
    /// What is out of the ordinary and was not told (`digest`).
    case digest
    /// The line a day that says that the collector is alive (`heartbeat_mail`).
    case alive

    /// Whether it is sent by the clock, and not because of an incident.
    public var isRegular: Bool { self == .digest || self == .alive }
  }

  /// Its number in the ledger.
  public var number: Int
  /// The name of the contact.
  public var contact: String
  public var kind: Kind
  /// When it became due, in seconds since 1970.
  public var at: Int
  /// One line for each incident, the worst first; at most ``mostLines``.
  public var lines: [NotificationLine]
  /// How many incidents have no line of their own, since there are too many.
  public var furtherCount: Int
  /// The Message-ID of this message, without its host: the same when it is sent again.
  public var identifier: String
  /// The identifiers of earlier messages about the same incident, the first one first; empty for the first message.
  public var references: [String]
  /// The path of the innermost group that all nodes of it are in; empty for none.
  public var groups: [String]
  /// Of a summary, the setting that held its changes back and where that stands (`rate_limit 30 in 1h (munin.conf:12)`), and over
  /// how many seconds.
  public var heldBy: String?
  public var span: Int?
  /// How many incidents the first message of the thread told of, where it were more than `lines`.
  public var threadCount: Int?

  /// Of a digest, what it tells.
  public var digest: DigestContents?
  /// Of a sign of life, what it says of the collector.
  public var alive: AliveFacts?

  /// The most lines of one message.
  public static let mostLines = 200

  public init(
    number: Int, contact: String, kind: Kind, at: Int, lines: [NotificationLine],
    identifier: String, references: [String] = [], groups: [String] = []
  ) {
    self.number = number
    self.contact = contact
    self.kind = kind
    self.at = at
    self.lines = lines
    self.identifier = identifier
    self.references = references
    self.groups = groups
    furtherCount = 0
  }
}
