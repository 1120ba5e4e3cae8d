public import Limits

/// What ``IncidentMachine`` is told.
public enum IncidentEvent: Sendable {
  /// A node was polled.
  /// - Parameters:
  ///   - crossings: what its judged values did, those that a lack of values made among them.
  ///   - faults: the services that brought no values.
  ///   - skipped: the services that were not asked in this poll.
  case polled(
    NodeNumber, crossings: [LevelCrossing], faults: [ServiceFault], skipped: Set<String>)
  /// A node could not be polled.
  case missed(NodeNumber, NodeFault)
  /// Levels changed outside of a poll: limits were changed, or values are no longer watched.
  case crossings([LevelCrossing])
  /// A node, or a service of it, is no longer watched.
  case gone(NodeNumber, service: String?)
  /// A trouble of the collector itself, `nil` at its end.
  case own(OwnTrouble, String?)
  case order(AlertOrder)
  /// Settings were read again: groups, parents, planned work and the like may be others.
  case settings
  /// The clock of the machine was set by so many seconds.
  case clockJumped(by: Int)
  /// Nothing but that time goes by.
  case time
}

/// A service that brought no values in a poll.
public struct ServiceFault: Sendable, Hashable {
  public let service: String
  /// `# Timed out`, `the node does not list it`.
  public let words: String
  /// Whether the node no longer lists it.
  public let isGone: Bool

  public init(service: String, words: String, isGone: Bool = false) {
    self.service = service
    self.words = words
    self.isGone = isGone
  }
}

/// Why a node could not be polled.
public struct NodeFault: Sendable, Hashable {
  public let words: String
  /// Whether it did not answer in time, and did not refuse.
  public let isTimeout: Bool

  public init(words: String, isTimeout: Bool = false) {
    self.words = words
    self.isTimeout = isTimeout
  }
}

/// What a person has ordered, by a command or on a page.
public struct AlertOrder: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case silence(AlertTarget, until: Int)
    /// Ends the silences of a target.
    case unsilence(AlertTarget)
    case acknowledge(incident: Int)
  }

  /// The answer to an acknowledgement that was carried out.
  public static let acknowledged = "acknowledged"
  /// The end of the answer to ``Kind/unsilence(_:)`` where there was no silence.
  public static let wasNotSilenced = "it was not silenced"

  /// Its number in the ledger.
  public let number: Int
  /// When it was given, in seconds since 1970.
  public let at: Int
  public let kind: Kind
  public let who: String
  public let why: String

  /// Who has given it, and why, for the log: `by ada: new disk`.
  var origin: String { "by \(who)" + (why.isEmpty ? "" : ": \(why)") }

  public init(number: Int, at: Int, kind: Kind, who: String = "", why: String = "") {
    self.number = number
    self.at = at
    self.kind = kind
    self.who = who
    self.why = why
  }
}
