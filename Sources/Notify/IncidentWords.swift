internal import Incidents
internal import Limits
internal import Text

/// The words about one incident: its subject, its line in a list, its section of a mail.
///
/// What depends on the place stands beside this: `ServiceWords`, `NodeWords`, `SiteWords`, `CollectorWords`.
struct IncidentWords {
  let line: NotificationLine
  let notification: Notification
  let surroundings: AlertSurroundings
  let clock: AlertClock

  init(
    _ line: NotificationLine, of notification: Notification, _ surroundings: AlertSurroundings
  ) {
    self.line = line
    self.notification = notification
    self.surroundings = surroundings
    clock = AlertClock(now: notification.at, utcOffset: surroundings.utcOffset)
  }

  /// `[CRITICAL] web1 memory: free 0.8 MiB, limit 1 MiB`.
  var subject: String { "[\(state)] \(name): \(fact)" }

  /// `14:50 CRITICAL web4 memory: free 0.7 MiB, limit 1 MiB (incident 440)`.
  func entry(isTimed: Bool) -> String {
    let time = isTimed ? (line.at ?? line.closed ?? line.opened).map(clock.minute) : nil
    let text = "\(state) \(name): \(fact) (incident \(line.incident))"
    return plain((time.map { "\($0) " } ?? "") + text, 300)
  }

  /// The state and where it goes: `CRITICAL`, `RESOLVED after 14 min`, `CRITICAL for 4 h, unanswered`.
  var state: String {
    let level = AlertState(line.level).word
    switch (line.step, notification.kind) {
    case (.closed, _),
      (.steady, _) where isOver:
      return "RESOLVED\(lasted.map { " after \($0)" } ?? "")"
    case (.flapping, _): return "FLAPPING"
    case (.released, _):
      return "\(level) after \(line.isAfterSilence ? "a silence" : "planned work")"
    case (.eased, _): return line.was.map { "\(level), was \(AlertState($0).word)" } ?? level
    case (_, .reminder): return level + age
    case (_, .escalation): return level + age + ", unanswered"
    default: return level
    }
  }

  /// Whether the trouble has ended.
  var isOver: Bool { line.step == .closed || (line.step == .steady && line.level == .ok) }

  /// How long it lasted, where its beginning is known.
  var lasted: String? {
    guard let opened = line.opened else { return nil }
    return spanText(max(0, (line.closed ?? line.at ?? notification.at) - opened))
  }

  private var age: String {
    line.opened.map { " for \(spanText(max(0, notification.at - $0)))" } ?? ""
  }

  /// What it is about.
  var name: String {
    switch line.place {
    case .service(_, let service): "\(host) \(plain(line.service ?? service, 60))"
    case .node: host
    case .site: siteName
    case .collector: "apus on \(plain(surroundings.machine, 60))"
    }
  }

  var host: String { plain(line.host, 60) }

  /// The innermost group; for nodes behind one address without a group in common their number.
  var siteName: String {
    if let group = line.groups.last { return plain(group, 60) }
    return line.title.isEmpty ? "\(line.memberCount) nodes" : plain(line.title, 60)
  }

  /// Whether what is told of a node is values of its services, and not that it does not answer.
  var isOfValues: Bool {
    guard case .node = line.place else { return false }
    return !line.parts.isEmpty && (line.words == nil || line.words == NotificationLine.removedWords)
  }

  /// `free 0.8 MiB, limit 1 MiB`.
  var fact: String {
    switch line.place {
    case .service: serviceFact
    case .node: isOfValues ? serviceFact : nodeFact
    case .site: siteFact
    case .collector: plain(line.title.isEmpty ? line.words ?? "" : line.title, 120)
    }
  }

  var section: AlertSection {
    var section: AlertSection =
      switch line.place {
      case .service: serviceSection
      case .node: isOfValues ? serviceSection : nodeSection
      case .site: siteSection
      case .collector: collectorSection
      }
    section.bar = state
    section.page = page
    if line.place == .collector { return section }
    if notification.kind == .escalation, let contact = line.toldTo {
      let time = line.toldAt.map { " \(clock.moment($0))" } ?? ""
      section.notes.append("addressed to \(plain(contact, 60))\(time), not acknowledged")
    } else if let who = line.acknowledgedBy {
      section.notes.append("acknowledged by \(plain(who, 60))")
    }
    if isOver {
      section.end = "Incident \(line.incident) is closed"
      return section
    }
    section.silenceLink = silenceLink
    section.commands =
      "apus-collector alerts silence \(target) 2h --why TEXT   ·   alerts ack \(line.incident)"
    section.end = end
    return section
  }

  private var end: String {
    guard let reminder = line.reminder else {
      return "Incident \(line.incident) · next message at a change, or its end"
    }
    let next = line.nextAt.map { ", next \(clock.minute($0))" } ?? ""
    return "Incident \(line.incident) · reminder \(reminder)\(next)"
  }

  /// `since 14:03:10 (2026-11-30)`; the date where the reader is told for the first time.
  func since(_ time: Int) -> String { "since \(clock.moment(time, isDated: isFirst))" }

  private var isFirst: Bool {
    switch line.step {
    case .opened, .released, .lasting: true
    case .worsened, .joined, .eased, .closed, .flapping, .steady: false
    }
  }

  var node: String { line.name ?? line.host }

  /// The page with the buttons; none for what has ended, and for the collector's own trouble.
  var silenceLink: String? {
    guard !isOver, line.place != .collector else { return nil }
    return surroundings.silenceLink(line.incident, notification.contact)
  }

  /// The page about it; none for names so long that no page has them.
  var page: String? { address.flatMap { $0.utf8.count > 1000 ? nil : $0 } }

  private var address: String? {
    guard let site = surroundings.site else { return nil }
    switch line.place {
    case .service:
      let graph = line.parts.first?.graph ?? line.graph
      return site
        + (graph.map { PagePath.graph($0, of: node, in: line.groups) }
        ?? .node(node, in: line.groups)).description
    case .node: return site + PagePath.node(node, in: line.groups).description
    case .site where !line.groups.isEmpty: return site + PagePath.group(line.groups).description
    case .site, .collector: return site + "/"
    }
  }

  /// The target of commands, fit for a shell.
  private var target: String {
    var text = line.groups.joined(separator: ";")
    switch line.place {
    case .service(_, let service): text += ";\(node):\(line.service ?? service)"
    case .node: text += ";\(node)"
    case .site where line.groups.isEmpty: text = "all"
    case .site, .collector: break
    }
    return shellQuoted(text)
  }

  /// What a silence of a site is ordered for.
  var silencedName: String {
    line.groups.isEmpty ? "'all'" : plain(line.groups.joined(separator: ";"), 300)
  }

  /// Text as one word of a shell.
  func shellQuoted(_ text: String) -> String {
    "'"
      + plain(text, 300).split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
