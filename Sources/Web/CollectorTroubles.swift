internal import Collector
internal import Limits
internal import Text

/// What is wrong with the collector itself beside its storage, as rows of the list of troubles: settings that were refused, contacts whom
/// messages do not reach, a heartbeat that fails.
struct CollectorTroubles {
  struct Row {
    let level: Level
    /// What it is about: `contact admin`.
    let subject: String
    let text: String
    /// Since when, in seconds since 1970, where that is known.
    let since: Int?
  }

  let rows: [Row]

  /// Deliveries that fail for so many seconds are critical; before that a warning: a mail server may just be restarted.
  private static let criticalAfter = 900
  private static let most = 50
  /// So many messages that were given up have a row each; the others share one.
  private static let mostGivenUp = 5
  /// For so many seconds a message that was given up is a trouble: a week. `alerts list` shows it for longer.
  private static let givenUpShown = 7 * 86_400

  init(_ state: CollectorState) {
    var rows: [Row] = []
    if let trouble = state.settingsTrouble {
      rows.append(
        Row(level: .warning, subject: "settings", text: trouble.words, since: trouble.since))
    }
    for trouble in state.deliveryTroubles.prefix(Self.most) {
      rows.append(
        Row(
          level: state.time - trouble.since >= Self.criticalAfter ? .critical : .warning,
          subject: "contact \(trouble.contact)",
          text: "messages are not delivered (\(trouble.way)): \(trouble.problem)",
          since: trouble.since))
    }
    for held in state.heldMessages.prefix(Self.most) {
      rows.append(
        Row(
          level: .warning, subject: "contact \(held.contact)", text: Self.words(held), since: nil))
    }
    rows += Self.givenUp(state)
    if let trouble = state.heartbeatTrouble {
      rows.append(
        Row(
          level: .warning, subject: "heartbeat",
          text: "The call of heartbeat_url failed: \(trouble)", since: nil))
    }
    self.rows = rows.filter { $0.level == .critical } + rows.filter { $0.level != .critical }
  }

  /// `messages about 3 incidents are held back by its rate limit until 14:10:00`
  static func words(_ held: HeldMessages) -> String {
    "messages about \(Amount.count(held.incidents, "incident")) are held back by its rate limit until \(CalendarTime.local(held.until).text)"
  }

  private static func givenUp(_ state: CollectorState) -> [Row] {
    let mails = state.mailsGivenUp.filter { state.time - $0.givenUp < givenUpShown }
    var rows = mails.prefix(mostGivenUp).map {
      Row(
        level: .warning, subject: "contact \($0.contact)",
        text:
          "not delivered: \($0.subject.shortened(to: Wording.longest)): \($0.problem) (a restart of apus-collector tries again while the incident lasts)",
        since: $0.givenUp)
    }
    // The state has the newest only; when all of them are of the week, older ones may be too.
    let more =
      mails.count == state.mailsGivenUp.count
      ? state.mailsFailed - rows.count : mails.count - rows.count
    if more > 0 {
      rows.append(
        Row(
          level: .warning, subject: "contacts",
          text:
            "\(Amount.count(more, "more message")) not delivered: 'apus-collector alerts list' names them",
          since: nil))
    }
    return rows
  }

  var worst: Level { rows.first?.level ?? .ok }

  func count(_ level: Level) -> Int { rows.count { $0.level == level } }

  func write(to html: inout HTML, now: Int) {
    for row in rows {
      html.element("li", .classes(row.level.rawValue)) { html in
        html.badge(row.level)
        html.element("div", .classes("what")) { html in
          html.element("strong", text: row.subject.shortened(to: Wording.longest))
          html.element("span", text: row.text)
        }
        if let since = row.since {
          html.element("span", .classes("since")) { html in
            html.text("for ")
            html.ago(since, now: now)
          }
        }
      }
    }
  }
}
