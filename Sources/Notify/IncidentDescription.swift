internal import Incidents
public import Limits

/// What a message says about one incident, for a page.
public struct IncidentDescription: Sendable {
  /// One value, or the node.
  public struct Fact: Sendable {
    public let level: Level
    public let text: String
    /// Since when, and how it moved.
    public let lines: [String]
  }

  /// The state and where it goes: `CRITICAL`, `RESOLVED after 14 min`.
  public let state: String
  /// What it is about: `web1, memory: Memory usage`.
  public let heading: String
  public let facts: [Fact]
  /// What concerns the whole incident.
  public let notes: [String]
  /// What the plugin says about the value.
  public let about: String?
  public let isOver: Bool

  /// - Parameter notification: its first line is the incident.
  init?(_ notification: Notification, _ surroundings: AlertSurroundings) {
    guard let line = notification.lines.first else { return nil }
    let words = IncidentWords(line, of: notification, surroundings)
    let section = words.section
    state = words.state
    heading = section.heading
    facts = section.facts.map { Fact(level: $0.state.level, text: $0.text, lines: $0.lines) }
    notes = section.notes
    about = section.about
    isOver = words.isOver
  }
}
