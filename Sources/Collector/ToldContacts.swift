internal import Incidents
internal import Notify
internal import Text

/// Who was told of the open incidents, and whom messages have not reached, in words for `apus-collector alerts list`.
struct ToldContacts {
  private let contents: AlertContents
  private let undelivered: [Int: [UndeliveredMessage]]
  /// How many ways a contact has, where it is not one.
  private let ways: [String: Int]
  private let now: Int

  init(
    _ contents: AlertContents, _ undelivered: [UndeliveredMessage], ways: [String: Int], at now: Int
  ) {
    self.contents = contents
    self.ways = ways
    self.now = now
    var found: [Int: [UndeliveredMessage]] = [:]
    for message in undelivered {
      for incident in message.incidents { found[incident, default: []].append(message) }
    }
    self.undelivered = found
  }

  /// `told admin, ops`, `waits for boss: smtp://mx1:25: 451 try later`.
  func words(of incident: Incident) -> [String] {
    let contacts = contents.told.contacts(of: incident.number)
    let reached = contacts.filter { isReached($0, incident) }
    var words = reached.isEmpty ? [] : ["told \(reached.joined(separator: ", "))"]
    for contact in contacts { words += obstacles(to: contact, incident) }
    for wave in contents.waves.sorted(by: { ($0.contact, $0.due) < ($1.contact, $1.due) })
    where wave.steps[incident.number] != nil {
      let until = LocalMoment.text(wave.due, from: now)
      switch wave.kind {
      case .summary: words.append("held back by the rate limit of \(wave.contact) until \(until)")
      case .quiet: words.append("waits for \(wave.contact): quiet hours until \(until)")
      case .change, .recovery: break
      }
    }
    return words
  }

  /// Whether the message that told the incident first was delivered on one of the contact's ways.
  private func isReached(_ contact: String, _ incident: Incident) -> Bool {
    guard let told = contents.told[ToldKey(contact: contact, incident: incident.number)] else {
      return false
    }
    if told.root == NotificationPlan.summaryRoot {
      // It counts as told before there is a message.
      let thread = contents.threads[ThreadKey(contact: contact, thread: incident.thread)]
      guard let thread, thread.at >= told.at else { return false }
    }
    let missing = (undelivered[incident.number] ?? []).filter { message in
      message.contact == contact
        && (message.message == told.root
          || told.root == NotificationPlan.summaryRoot
            && message.message.contains(".\(NotificationPlan.summaryRoot)."))
    }
    return Set(missing.map(\.way)).count < ways[contact] ?? 1
  }

  /// The ways on which messages have not reached a contact.
  private func obstacles(to contact: String, _ incident: Incident) -> [String] {
    let messages = (undelivered[incident.number] ?? []).filter { $0.contact == contact }
    var ways: [String] = []
    for message in messages where !ways.contains(message.way) { ways.append(message.way) }
    return ways.flatMap { way in
      let name = self.ways[contact] ?? 1 > 1 ? "\(contact) (\(way))" : contact
      let (lost, waiting) = (
        messages.last { $0.way == way && $0.isGivenUp },
        messages.first { $0.way == way && !$0.isGivenUp }
      )
      return [
        lost.map { "not delivered to \(name): \($0.problem ?? "given up")" },
        waiting.map { "waits for \(name): \($0.problem ?? "not tried yet")" },
      ].compactMap(\.self)
    }
  }
}
