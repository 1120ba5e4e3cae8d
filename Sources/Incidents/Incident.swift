public import Limits

/// A trouble from its beginning to its end, as people are told of it and as it stands in the outage log.
public struct Incident: Sendable, Hashable {
  public enum Phase: Int, Sendable, Hashable {
    /// Nobody was told: planned work or a silence holds it back.
    case pending
    case open
    /// It begins and ends so often that single changes are not told.
    case flapping
    case closed
  }

  /// Why nothing is told of it at present.
  public struct Holds: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Planned work, or a silence.
    public static let planned = Holds(rawValue: 1)
    /// Its node cannot be polled, so nothing is known of it.
    public static let parent = Holds(rawValue: 2)
  }

  /// Why it ended.
  public enum Ending: Int, Sendable, Hashable {
    case values
    /// The limits were changed.
    case settings
    /// The field, service or node is no longer watched.
    case removed
    /// What was left of it is told in incidents of their own.
    case divided
  }

  public struct Acknowledgement: Sendable, Hashable {
    public var who: String
    public var why: String
    public var at: Int

    public init(who: String, why: String, at: Int) {
      self.who = who
      self.why = why
      self.at = at
    }
  }

  public let number: Int
  public let place: IncidentPlace
  /// The beginning of the identifiers of all messages about it; one that flaps goes on in the thread of the incident before.
  public var thread: String
  /// The path of the groups; of nodes in several groups what these have in common.
  public var groups: [String]
  /// The node as settings name it, and as people are told of it; empty where there is no single node.
  public var name: String
  public var host: String
  /// When the trouble began, in seconds since 1970; `nil` when that is not known.
  public var opened: Int?
  /// When it was found.
  public internal(set) var begun: Int
  /// When the first step of it was given out; `nil` before.
  public var told: Int?
  public var closed: Int?
  public var level: Level
  public var worst: Level
  /// The level that the last step had, and the worst of all steps.
  public var shown: Level
  public var shownWorst: Level
  public var parts: [IncidentPart]
  public var phase: Phase
  public var holds: Holds
  /// The planned work that holds it, or has held it last: its end, and what it is.
  public var plannedUntil: Int?
  public var plannedBy: String?
  /// Whether a silence holds it, or has held it last.
  public var isSilenced: Bool { PlannedWork.isSilence(plannedBy) }
  /// Seconds of it inside planned work, and since when it is inside now.
  public var planned: Int
  public var plannedSince: Int?
  public var acknowledgement: Acknowledgement?
  /// When it began, for each time: several times only while it flaps. Before them stand those of the place's incidents before, as far as
  /// `flapping` counts them.
  public var beginnings: [Int]
  /// Why nodes could not be polled, a plugin failed, or the collector was in trouble when it began.
  public var words: String?
  /// The newest reason, where it is no longer the first one.
  public var latestWords: String?
  /// When its end was noticed, which may be later than ``closed``: a flapping one was quiet for a while then, a value may be old.
  public var endNoticed: Int?
  /// Whether the plugin does not fail, but is not listed by its node any more.
  public var isOfGoneService: Bool
  /// When the last poll of a lost node brought values.
  public var lastValues: Int?
  /// All causes are over, and so many runs are left for what became unknown because of them; 0 when that is not so.
  public var settling: Int
  /// Whether a part was added that was not told yet, and when the next such step may be.
  public var isJoined: Bool
  public var joinAfter: Int
  /// While it flaps: when its level changed last.
  public var quietSince: Int?
  public var ending: Ending?
  /// The seconds after which a trouble that lasts is told again (`repeat`).
  public var repeats: Int?

  init(number: Int, place: IncidentPlace, thread: String, at now: Int) {
    self.number = number
    self.place = place
    self.thread = thread
    begun = now
    groups = []
    name = ""
    host = ""
    level = .ok
    worst = .ok
    shown = .ok
    shownWorst = .ok
    parts = []
    phase = .pending
    holds = []
    planned = 0
    beginnings = []
    isOfGoneService = false
    settling = 0
    isJoined = false
    joinAfter = 0
  }

  public var isOpen: Bool { closed == nil }

  /// When it began as far as anybody knows.
  public var start: Int { opened ?? begun }

  /// How often it began, without the incidents before.
  public var beginningCount: Int { max(1, beginnings.count { $0 >= told ?? begun }) }

  /// Why it is so, as of now.
  public var reason: String? { latestWords ?? words }

  /// The path of the groups, with the node where there is one.
  public var path: [String] { name.isEmpty ? groups : groups + [name] }

  /// The service that all of it is about; `nil` for nodes, for values of several services, and for the collector itself.
  public func service(_ facts: AlertFacts) -> String? {
    guard case .values = place else { return place.service }
    let causes = parts.filter { $0.role == .cause && ($0.isBad || !isOpen) }
    let services = Set(causes.compactMap { $0.series.flatMap(facts.series)?.service })
    return services.count == 1 ? services.first : nil
  }

  /// What a silence of it is for; `nil` for the collector itself, and for nodes without a group in common.
  public func target(_ facts: AlertFacts) -> AlertTarget? {
    if case .collector = place { return nil }
    return path.isEmpty ? nil : AlertTarget(path: path, service: service(facts))
  }

  /// Seconds of it inside planned work and silences.
  public func plannedSeconds(at now: Int) -> Int {
    planned + (plannedSince.map { max(0, (closed ?? now) - $0) } ?? 0)
  }

  var badCauses: [IncidentPart] { parts.filter { $0.isBad && $0.role == .cause } }

  var hasBadCause: Bool { parts.contains { $0.isBad && $0.role == .cause } }
  var hasBadFollower: Bool { parts.contains { $0.isBad && $0.role == .follower } }

  /// Whether something is wrong whose cause is known: what becomes unknown beside it, is so because of it.
  var hasKnownCause: Bool {
    parts.contains {
      $0.isBad && $0.role == .cause && ($0.level > .unknown || $0.subject == .fault)
    }
  }

  func index(of subject: IncidentPart.Subject) -> Int? {
    parts.firstIndex { $0.subject == subject }
  }
}
