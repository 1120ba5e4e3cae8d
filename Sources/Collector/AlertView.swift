public import Limits

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
  /// Silences of more than the target: of its node, a group, or all.
  public var widerSilences: [(target: String, until: Int, who: String, why: String)] = []
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
