public import Incidents
internal import Limits
internal import Text

/// The words of a ``Notification``: the subject, and the facts about each incident in the order in which a reader needs them.
///
/// Pure: what only the recorded values tell comes with the ``AlertSurroundings``.
public struct AlertWords: Sendable, Hashable {
  /// One line of at most 120 characters, the state first.
  public let subject: String
  /// What stands above all incidents.
  let opening: [String]
  /// One for each incident, the worst first.
  let sections: [AlertSection]
  /// A line for each incident beyond those.
  let rest: [String]
  /// The address of the first page, where no section has one.
  let page: String?
  /// What stands above all, with a colour: of messages that are not about incidents.
  let banner: Banner?
  /// Lists with headings, as a digest has them.
  let lists: [AlertList]
  /// What stands below all.
  let closing: [String]

  struct Banner: Sendable, Hashable {
    var text: String
    var state: AlertState
  }

  /// The longest subject, in characters.
  static let subjectLimit = 120
  /// So many incidents have a section of their own.
  private static let sectionLimit = 12
  private static let restLimit = 200

  /// The subject alone, which costs a small part of all words.
  public static func subject(
    of notification: Notification, _ surroundings: AlertSurroundings
  ) -> String {
    switch notification.kind {
    case .change, .reminder, .escalation, .always:
      let first = notification.lines.first.map {
        IncidentWords($0, of: notification, surroundings)
      }
      return subject(
        first, count: notification.lines.count, threadCount: notification.threadCount,
        name(surroundings))
    case .summary, .test, .digest, .alive:
      return AlertWords(notification, surroundings).subject
    }
  }

  private static func name(_ surroundings: AlertSurroundings) -> String {
    "apus on \(plain(surroundings.machine, 60))"
  }

  public init(_ notification: Notification, _ surroundings: AlertSurroundings) {
    let lines = notification.lines.map { IncidentWords($0, of: notification, surroundings) }
    let name = Self.name(surroundings)
    if let words = RegularWords(notification, surroundings) {
      subject = plain(words.subject, Self.subjectLimit)
      opening = words.opening
      banner = words.banner
      lists = words.lists
      closing = words.closing
      (sections, rest) = ([], [])
      page = surroundings.site.map { $0 + "/" }
      return
    }
    (banner, lists, closing) = (nil, [], [])
    switch notification.kind {
    case .summary:
      subject = Self.summary(of: lines.map(\.line), over: notification.span)
      let holder = notification.heldBy.map { " by \(plain($0, 200))" } ?? ""
      opening = ["Held back\(holder), worst first:"]
      sections = []
      rest = Self.list(lines, isTimed: true)
      page = surroundings.site.map { $0 + "/" }
      return
    case .test:
      let contact = plain(notification.contact, 60)
      subject = "[TEST] \(name): a mail to \(contact)"
      opening = [
        "This is what a mail to \(contact) looks like; it was ordered by alerts test-mail."
      ]
    case .change, .reminder, .escalation, .always, .digest, .alive:
      subject = Self.subject(
        lines.first, count: lines.count, threadCount: notification.threadCount, name)
      opening = []
    }
    sections = lines.prefix(Self.sectionLimit).map(\.section)
    rest = Self.list(lines.dropFirst(Self.sectionLimit), isTimed: false)
    page = nil
  }

  /// The variables of munin's templates, for the command of a message that is sent by the clock.
  public static func variables(
    of notification: Notification, _ surroundings: AlertSurroundings
  ) -> TemplateValues {
    AlertVariables.all(of: notification).first?.values(notification, surroundings)
      ?? TemplateValues()
  }

  /// The text of a mail.
  public var text: String {
    var blocks = opening.isEmpty ? [] : [opening.joined(separator: "\n")]
    blocks += sections.map(\.text)
    if !rest.isEmpty { blocks.append(rest.joined(separator: "\n")) }
    blocks += lists.map(\.text)
    if !closing.isEmpty { blocks.append(closing.joined(separator: "\n")) }
    if let page { blocks.append("Page:     " + page) }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// The subject of the worst incident, and how many there are beside it.
  private static func subject(
    _ first: IncidentWords?, count: Int, threadCount: Int?, _ name: String
  ) -> String {
    guard let first else { return "[OK] \(name): nothing to tell" }
    var more = count > 1 ? " · and \(count - 1) more" : ""
    if let threadCount, threadCount > count { more += " (\(count) of \(threadCount))" }
    return plain(first.subject, subjectLimit - more.unicodeScalars.count) + more
  }

  private static func summary(of lines: [NotificationLine], over span: Int?) -> String {
    let ended = lines.count { $0.step == .closed }
    var counts = [Level.critical, .warning, .unknown].compactMap { level -> String? in
      let count = lines.count { $0.step != .closed && $0.level == level }
      return count == 0 ? nil : "\(count) \(AlertState(level).word)"
    }
    if ended > 0 { counts.append("\(ended) RESOLVED") }
    let time = span.map { " in \(TimeSpan.text($0))" } ?? ""
    let all = "[SUMMARY] \(Amount.count(lines.count, "more change"))\(time)"
    return plain("\(all): \(counts.joined(separator: ", "))", subjectLimit)
  }

  private static func list(_ lines: some Collection<IncidentWords>, isTimed: Bool) -> [String] {
    var list = lines.prefix(restLimit).map { $0.entry(isTimed: isTimed) }
    if lines.count > restLimit { list.append("and \(lines.count - restLimit) more") }
    return list
  }
}

/// Text of a node, a plugin or a setting as it stands in a message: one line, without what moves the cursor or turns the reading
/// direction, at most so many characters, the mark of a cut included.
func plain(_ text: String, _ limit: Int) -> String { oneLine(text, limit: max(limit - 1, 1)) }
