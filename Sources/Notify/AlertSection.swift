internal import Incidents

/// What a message says about one incident, before it is laid out as text or HTML.
struct AlertSection: Sendable, Hashable {
  /// One value, or the node, with its state.
  struct Fact: Sendable, Hashable {
    var state: AlertState
    var text: String
    /// Since when, and how it moved.
    var lines: [String] = []
  }

  /// What the incident is about: `web1, memory: Memory usage`.
  var heading: String
  /// The state and where it goes, as in the subject.
  var bar = ""
  var facts: [Fact]
  /// What concerns the whole incident.
  var notes: [String] = []
  /// What the plugin says about the value.
  var about: String?
  /// The address of the page.
  var page: String?
  /// The address of the page with the buttons.
  var silenceLink: String?
  /// The commands that silence or acknowledge it; `nil` once it is over.
  var commands: String?
  /// `Incident 412 is closed`.
  var end: String?
  /// The value whose graph is shown.
  var shown: NotificationPart?

  /// The section as text.
  var text: String {
    var lines = [heading]
    for fact in facts {
      lines.append("\(fact.state.word)  \(fact.text)")
      lines += fact.lines.map { "          " + $0 }
    }
    lines += notes.map { "          " + $0 }
    if let about { lines.append("About it: " + about) }
    if let page { lines.append("Page:     " + page) }
    if let silenceLink {
      lines.append("Silence:  \(silenceLink)   (a button; opening it changes nothing)")
    }
    if let commands {
      lines.append((silenceLink == nil ? "Silence:  " : "          or: ") + commands)
    }
    if let end { lines.append(end) }
    return lines.joined(separator: "\n")
  }
}
