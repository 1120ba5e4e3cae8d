public import Limits

/// What a contact was told of an incident.
public struct ToldState: Sendable, Hashable {
  /// The worst level that was told.
  public var level: Level
  /// When it was told first, in seconds since 1970.
  public var at: Int
  /// When it is told again, unless it has ended; and how often it was.
  public var nextReminder: Int?
  public var reminders: Int
  /// When another contact is told.
  public var escalateAt: Int?
  /// The identifier of the message that told it first: all that it told end in one message.
  public var root: String
}

/// A contact and an incident.
public struct ToldKey: Sendable, Hashable {
  public let contact: String
  public let incident: Int
}

/// The messages to a contact in one thread.
public struct ThreadState: Sendable, Hashable {
  public var first: String
  public var last: String
  public var count: Int
  /// When the last message was.
  public var at: Int
}

/// A contact and the thread of incidents.
public struct ThreadKey: Sendable, Hashable {
  public let contact: String
  public let thread: String
}

/// Steps of incidents that wait to become a message.
public struct Wave: Sendable, Hashable {
  public enum Kind: Int, Sendable, Hashable {
    /// More of the same group may follow.
    case change
    /// The quiet hours of the contact have to end.
    case quiet
    /// Others that were told in the same message may end, too.
    case recovery
    /// `rate_limit` lets no further message through.
    case summary
  }

  public struct Step: Sendable, Hashable {
    public let incident: Int
    public var kind: NotificationLine.Step
    /// When it happened.
    public let at: Int
  }

  public let number: Int
  public let contact: String
  public let kind: Kind
  /// The path of the group, or the identifier of the message that is answered.
  public let key: String
  public var due: Int
  /// By the number of the incident.
  public var steps: [Int: Step]
}

/// An incident in a ``Wave``.
public struct WaveStepKey: Sendable, Hashable {
  public let wave: Int
  public let incident: Int
}

/// What is to be written of a ``NotificationPlan``; `nil` for what is over.
public struct PlanChanges: Sendable {
  public var told: [ToldKey: ToldState?] = [:]
  public var threads: [ThreadKey: ThreadState?] = [:]
  /// Without their steps.
  public var waves: [Int: Wave?] = [:]
  public var steps: [WaveStepKey: Wave.Step?] = [:]

  public init() {}

  public var isEmpty: Bool {
    told.isEmpty && threads.isEmpty && waves.isEmpty && steps.isEmpty
  }
}

/// A message that is due: which steps of which incidents it tells to whom.
public struct PlannedMessage: Sendable {
  public struct Line: Sendable {
    public var incident: Incident
    public var step: NotificationLine.Step
    /// The level that the contact was told before.
    public var was: Level?
    /// When the contact got the last message about it.
    public var lastAt: Int?
    public var reminder: Int?
    public var nextAt: Int?
    public var toldTo: String?
    public var toldAt: Int?
  }

  public var contact: String
  public var kind: Notification.Kind
  public var at: Int
  /// The worst first.
  public var lines: [Line]
  public var identifier: String
  public var references: [String]
  /// How many incidents the message told of that this one answers.
  public var threadCount: Int?
  /// What has held the changes of a summary back.
  public var rateLimit: ContactRules.RateLimit?
}
