public import Limits
public import Text

/// What a contact wants to be told, and when.
public struct ContactRules: Sendable, Hashable {
  /// `tell`: the levels of incidents that the contact is told of, their ends (`ok`), and improvements that are no ends.
  public struct Tell: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let critical = Tell(rawValue: 1)
    public static let warning = Tell(rawValue: 2)
    public static let unknown = Tell(rawValue: 4)
    public static let ok = Tell(rawValue: 8)
    public static let eased = Tell(rawValue: 16)
    public static let standard: Tell = [.critical, .warning, .unknown, .ok]

    /// Whether a level is told.
    public func holds(_ level: Level) -> Bool {
      switch level {
      case .ok: contains(.ok)
      case .unknown: contains(.unknown)
      case .warning: contains(.warning)
      case .critical: contains(.critical)
      }
    }
  }

  /// `escalate`: whom to tell when a trouble is not acknowledged.
  public struct Escalation: Sendable, Hashable {
    /// In seconds after this contact was told.
    public let after: Int
    public let contact: String

    public init(after: Int, contact: String) {
      self.after = after
      self.contact = contact
    }
  }

  /// `rate_limit`: so many messages within a time; more are summed up in one.
  public struct RateLimit: Sendable, Hashable {
    public let count: Int
    public let seconds: Int
    /// The setting and where it stands: `rate_limit 30 in 1h (munin.conf:12)`; `nil` for the default.
    public let words: String?

    public init(count: Int, seconds: Int, words: String? = nil) {
      self.count = max(1, count)
      self.seconds = max(1, seconds)
      self.words = words
    }

    public static let standard = RateLimit(count: 30, seconds: 3600)
  }

  public let name: String
  /// Empty for a contact that reads the digest only.
  public var tell: Tell
  /// Hours in which all but critical waits, in the zone.
  public var quiet: [WeekSpan]
  public var zone: ZoneFile
  public var escalation: Escalation?
  public var rateLimit: RateLimit?
  /// The levels that are told in each poll (`always_send`).
  public var alwaysSend: Set<Level>
  /// When a digest is made, in the zone.
  public var digest: RegularTime?

  public init(
    _ name: String, tell: Tell = .standard, quiet: [WeekSpan] = [], zone: ZoneFile = .utc,
    escalation: Escalation? = nil, rateLimit: RateLimit? = .standard, alwaysSend: Set<Level> = [],
    digest: RegularTime? = nil
  ) {
    self.name = name
    self.tell = tell
    self.quiet = quiet
    self.zone = zone
    self.escalation = escalation
    self.rateLimit = rateLimit
    self.alwaysSend = alwaysSend
    self.digest = digest
  }
}

/// What ``AlertStages`` takes from the settings, beside what ``AlertFacts`` answers.
public struct AlertSettings: Sendable, Hashable {
  public var contacts: [ContactRules]
  /// How many seconds a message waits for more of the same group (`group_wait`).
  public var groupWait: Int
  /// Who is told of the collector's own trouble; `nil` for all contacts.
  public var ownContacts: [String]?
  /// Seconds after which it is told again while it lasts (`repeat` at the top level); `nil` for never.
  public var ownRepeats: Int?
  /// `heartbeat_mail`: who is told once a day that the collector is alive, and when in the zone of each.
  public var signOfLife: SignOfLife?

  public struct SignOfLife: Sendable, Hashable {
    public let time: RegularTime
    public let contacts: [String]

    public init(time: RegularTime, contacts: [String]) {
      self.time = time
      self.contacts = contacts
    }
  }

  public init(
    contacts: [ContactRules] = [], groupWait: Int = 10, ownContacts: [String]? = nil,
    ownRepeats: Int? = nil, signOfLife: SignOfLife? = nil
  ) {
    self.ownRepeats = ownRepeats
    self.contacts = contacts
    self.groupWait = max(0, groupWait)
    self.ownContacts = ownContacts
    self.signOfLife = signOfLife
  }
}
