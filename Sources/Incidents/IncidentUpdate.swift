public import Limits

/// Something that happened to an incident, for those who are to be told.
public struct IncidentStep: Sendable, Hashable {
  /// The incident as it is after the step.
  public let incident: Incident
  public let kind: NotificationLine.Step
  public let at: Int
  /// The level before, where an acknowledgement has ended because it became worse.
  public let acknowledged: Level?

  public init(
    incident: Incident, kind: NotificationLine.Step, at: Int, acknowledged: Level? = nil
  ) {
    self.incident = incident
    self.kind = kind
    self.at = at
    self.acknowledged = acknowledged
  }
}

/// What ``IncidentMachine`` makes of an event.
public struct IncidentUpdate: Sendable {
  /// What people are to be told.
  public var steps: [IncidentStep] = []
  /// Each incident that is not as it was before, in the order of their numbers.
  public var changed: [Incident] = []
  /// Nodes and services whose standing is another one.
  public var standings: [NodeNumber: NodeStanding] = [:]
  public var faults: [ServicePlace: FaultStanding?] = [:]
  /// Nodes that are no longer watched.
  public var forgotten: [NodeNumber] = []
  /// The silences that began or ended.
  public var silences: [Silence] = []
  /// Orders that were carried out, and what to answer.
  public var answers: [(order: Int, text: String)] = []
  /// Lines for the log.
  public var log: [String] = []

  public init() {}

  public var isEmpty: Bool {
    steps.isEmpty && changed.isEmpty && standings.isEmpty && faults.isEmpty && forgotten.isEmpty
      && silences.isEmpty && answers.isEmpty && log.isEmpty
  }
}

/// A service of a node.
public struct ServicePlace: Sendable, Hashable {
  public let node: NodeNumber
  public let service: String

  public init(node: NodeNumber, service: String) {
    self.node = node
    self.service = service
  }
}

/// How often in a row a plugin has failed.
public struct FaultStanding: Sendable, Hashable {
  public var count: Int
  /// When the first of these polls was, in seconds since 1970.
  public var since: Int
  public var words: String
  public var isGone: Bool

  public init(count: Int, since: Int, words: String, isGone: Bool) {
    self.count = count
    self.since = since
    self.words = words
    self.isGone = isGone
  }
}

/// Whether a node can be polled.
public struct NodeStanding: Sendable, Hashable {
  /// How many polls in a row have failed.
  public var missed = 0
  /// When the first of these and the last poll of any kind ended, in seconds since 1970.
  public var firstMiss = 0
  public var lastPoll = 0
  /// The end of the last poll that brought an answer.
  public var lastAnswer: Int?
  /// Why the last of the failed polls did.
  public var words = ""
  /// The incident that its loss is a part of.
  public var incident: Int?

  public init() {}
}
