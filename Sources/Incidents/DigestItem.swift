/// One thing in a digest.
public struct DigestItem: Sendable, Hashable {
  /// What it stands under, in the order of the digest.
  public enum Heading: Int, Sendable, Hashable, CaseIterable {
    case open
    /// Nodes that could not be polled for a while.
    case outages
    /// Other incidents that are over.
    case over
    case mishaps
    case nearLimits
    case unusual
    case restarts
    case inventory
    case planned
  }

  public enum Fact: Sendable, Hashable {
    /// An incident that is open.
    /// - Parameter plannedUntil: the end of the planned work that holds it back.
    case open(NotificationLine, plannedUntil: Int?)
    /// Incidents of one place that are over: the last one, and how many there were.
    case over(NotificationLine, count: Int)
    /// Polls that brought nothing, of so many.
    case mishap(Mishap.Kind, count: Int, of: Int, words: String)
    /// A value that has nearly reached its limit, which ``NotificationPart/limit`` has.
    case nearLimit(NotificationPart)
    /// A value beyond what is usual between two times of a weekday.
    case unusual(NotificationPart, low: Double, high: Double, from: Int, to: Int)
    /// The machine was started, so often; and when the first poll after the last start was.
    case restarted(count: Int, last: Int)
    /// The node, with so many services, or the service, is new or gone.
    case isNew(services: Int)
    case isGone
    /// A silence.
    case silence(target: String, until: Int, who: String, why: String)
  }

  public var heading: Heading
  /// Whether a digest is made because of it; else it stands there when there is one.
  public var isNews: Bool
  /// The path of the groups and the node's name in munin.conf; the last is empty where there is no single node.
  public var groups: [String]
  public var host: String
  public var service: String?
  public var fact: Fact

  public init(
    _ heading: Heading, isNews: Bool = true, groups: [String], host: String,
    service: String? = nil, _ fact: Fact
  ) {
    self.heading = heading
    self.isNews = isNews
    self.groups = groups
    self.host = host
    self.service = service
    self.fact = fact
  }
}

/// What a digest tells.
public struct DigestContents: Sendable, Hashable {
  /// It tells what happened from here on.
  public var since: Int
  public var isHourly: Bool
  /// In the order of their headings; of each at most ``mostItems``.
  public var items: [DigestItem]
  /// How many more there are, by the numbers of headings.
  public var further: [Int]
  /// How many values were compared with what is usual, and of how many; `nil` where all were.
  public var compared: Int?
  public var comparable: Int?

  /// The most items under a heading.
  public static let mostItems = 30

  public init(since: Int, isHourly: Bool, items: [DigestItem]) {
    self.since = since
    self.isHourly = isHourly
    self.items = items
    further = DigestItem.Heading.allCases.map { _ in 0 }
  }

  /// How many things there are.
  public var count: Int { items.count + further.reduce(0, +) }

  /// The digest with some of its items only; `nil` when there is nothing new among them, so that nobody is to be bothered.
  public func keeping(_ items: [DigestItem]) -> DigestContents? {
    guard items.contains(where: \.isNews) else { return nil }
    var kept = self
    kept.items = []
    for heading in DigestItem.Heading.allCases {
      let all = items.filter { $0.heading == heading }
      kept.items += all.prefix(DigestContents.mostItems)
      kept.further[heading.rawValue] = max(0, all.count - DigestContents.mostItems)
    }
    return kept
  }
}
