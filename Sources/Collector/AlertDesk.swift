public import EventLoop
public import Limits

/// What the page of a signed link asks of the collector, and what it orders.
@LoopActor public protocol AlertDesk: Sendable {
  /// Looks at the incident of a link. It changes nothing: mail scanners open links.
  /// - Parameter field: the fields of the request.
  /// - Parameter order: the number of an order that this link has given, to say what became of it.
  func look(_ field: (String) -> String?, after order: Int?) async -> AlertAccess
  /// Carries out what a contact orders by the buttons of the page.
  func give(_ order: AlertPageOrder, _ field: (String) -> String?) async -> AlertReceipt
}

/// Whether a link opens the page.
public enum AlertAccess: Sendable {
  case granted(AlertView)
  /// Why not.
  case refused(String)
}

/// What the buttons of the page order.
public enum AlertPageOrder: Sendable, Hashable {
  case acknowledge(why: String)
  case silence(hours: Int, why: String)
  case unsilence

  /// The longest silence of the page; the command takes longer ones.
  public static let mostHours = 168
  /// The longest reason, in bytes.
  public static let mostReasonBytes = 500
}

/// What became of an order.
public enum AlertReceipt: Sendable, Hashable {
  /// Its number; the link's own fields, for the address of the page.
  case taken(Int, query: String)
  /// The link does not open the page.
  case refused(String)
  /// The link is right, and the order is not possible.
  case impossible(String)
  /// The contact has given too many orders.
  case tooMany(String)
  /// The ledger cannot be written.
  case failed(String)
}

/// An incident as the page of a signed link shows it.
public struct AlertView: Sendable {
  public struct Fact: Sendable {
    public var level: Level
    public var text: String
    public var lines: [String]

    public init(level: Level, text: String, lines: [String] = []) {
      self.level = level
      self.text = text
      self.lines = lines
    }
  }

  public var incident: Int
  public var contact: String
  /// `CRITICAL`, `RESOLVED after 14 min`.
  public var state: String
  public var level: Level
  public var isOver: Bool
  /// When the trouble began, in seconds since 1970.
  public var start: Int
  /// `web1, memory: Memory usage`.
  public var heading: String
  public var facts: [Fact]
  public var notes: [String]
  public var about: String?
  /// The link's own fields, for the forms.
  public var fields: [(name: String, value: String)]
  /// Where its pages are: the groups, the node and the graph, as far as it has them.
  public var groups: [String] = []
  public var node: String?
  public var graph: String?
  /// Who has acknowledged it, when, and why.
  public var acknowledgement: (who: String, at: Int, why: String)?
  /// What a silence would be for; `nil` where there is nothing to silence.
  public var target: String?
  /// Until when the target itself is silenced, by whom, and why.
  public var silence: (until: Int, who: String, why: String)?
  /// What became of the order that the page was called after.
  public var receipt: String?

  public init(
    incident: Int, contact: String, state: String, level: Level, isOver: Bool, start: Int,
    heading: String,
    facts: [Fact], notes: [String] = [], about: String? = nil,
    fields: [(name: String, value: String)]
  ) {
    self.incident = incident
    self.contact = contact
    self.state = state
    self.level = level
    self.isOver = isOver
    self.start = start
    self.heading = heading
    self.facts = facts
    self.notes = notes
    self.about = about
    self.fields = fields
  }
}
