internal import EventLoop
internal import Incidents
internal import Ledger
internal import Limits
internal import Notify
internal import Settings
internal import Text

/// Signed links: who has one may look at an incident, acknowledge it, and silence what it is about, as the contact that it was sent to.
extension Collector: AlertDesk {
  /// The most orders of a contact in an hour: each is a commit that is synced.
  nonisolated static let mostOrdersInAnHour = 60

  public func look(_ field: (String) -> String?, after order: Int?) async -> AlertAccess {
    switch await opened(field) {
    case .failure(let refusal): return .refused(refusal.words)
    case .success(let (link, incident)):
      var view = await view(of: incident, by: link)
      if let order {
        view.receipt = try? await AlertOrders(ledger, now: clock.epoch).outcome(
          of: order, by: link.contact)?.words
      }
      return .granted(view)
    }
  }

  public func give(_ order: AlertPageOrder, _ field: (String) -> String?) async -> AlertReceipt {
    let link: AlertLink
    let incident: Incident
    switch await opened(field) {
    case .failure(let refusal): return .refused(refusal.words)
    case .success(let found): (link, incident) = found
    }
    guard incident.isOpen || order == .unsilence else {
      return .impossible("incident \(incident.number) is over")
    }
    let now = clock.epoch
    let kind: AlertOrder.Kind
    var reason = ""
    switch (order, incident.target(facts)) {
    case (.acknowledge(let why), _):
      kind = .acknowledge(incident: incident.number)
      reason = why
    case (.silence(let hours, let why), let target?):
      kind = .silence(target, until: now + hours * 3600)
      reason = why
    case (.unsilence, let target?): kind = .unsilence(target)
    case (_, nil): return .impossible("there is nothing to silence")
    }
    do throws(LedgerError) {
      let why = reason
      let number = try await ledger.transaction { transaction throws(LedgerError) -> Int? in
        guard
          try AlertOrder.count(of: link.contact, since: now - 3600, in: transaction)
            < Self.mostOrdersInAnHour
        else { return nil }
        return try AlertOrder.store(kind, who: link.contact, why: why, at: now, in: transaction)
      }
      guard let number else {
        return .tooMany(
          "\(link.contact) has given \(Self.mostOrdersInAnHour) orders in the last hour")
      }
      // keepObeying sees only what other processes write into the ledger.
      orders.append(
        AlertOrder(number: number, at: now, kind: kind, who: link.contact, why: why))
      await carryOutOrders()
      return .taken(number, query: links.flatMap { link.query(signedBy: $0.key) } ?? "")
    } catch {
      return .failed("the order could not be stored: \(error)")
    }
  }

  /// Why a link does not open the page.
  private struct Refusal: Error {
    let words: String
    init(_ words: String) { self.words = words }
  }

  /// The link and its incident, if the link is right and not too old.
  private func opened(
    _ field: (String) -> String?
  ) async -> Result<(AlertLink, Incident), Refusal> {
    guard let links else {
      return .failure(Refusal("This collector sends no links for acknowledging and silencing."))
    }
    guard let link = AlertLink(field, signedBy: links.key) else {
      return .failure(
        Refusal(
          "This link is not valid. It may have been cut off: take the whole link from the message.")
      )
    }
    guard settings.contacts.contains(where: { $0.name == link.contact }) else {
      return .failure(
        Refusal("This link is not valid any more: munin.conf has no contact of its name."))
    }
    let expired = Refusal(
      "This link has expired: it works while the incident lasts, and for 7 days after its end.")
    let now = clock.epoch
    var found = alerts.machine[link.incident]
    if found == nil {
      found =
        (try? await ledger.read { transaction throws(LedgerError) in
          try OutageLog.incident(link.incident, transaction)
        }) ?? nil
    }
    // A number is given again when the log has removed that incident and all later ones: that one is younger than the link.
    guard let incident = found, incident.begun <= link.expiry,
      incident.closed.map({ now <= $0 + AlertLink.lifetime }) ?? true
    else { return .failure(expired) }
    return .success((link, incident))
  }

  private func view(of incident: Incident, by link: AlertLink) async -> AlertView {
    let notification = alerts.notification(
      about: incident, for: link.contact, at: clock.epoch, facts: facts)
    let words = mails.courier.alerts?.description(of: notification)
    var view = AlertView(
      incident: incident.number, contact: link.contact,
      state: words?.state ?? incident.level.word, level: incident.level,
      isOver: !incident.isOpen, start: incident.start, heading: words?.heading ?? incident.subject,
      facts: words?.facts.map {
        AlertView.Fact(level: $0.level, text: $0.text, lines: $0.lines)
      } ?? [],
      // Who has acknowledged it has a place of its own.
      notes: words?.notes.filter { !$0.hasPrefix("acknowledged by ") } ?? [],
      about: words?.about,
      fields: links.flatMap { link.fields(signedBy: $0.key) } ?? [])
    view.groups = incident.groups
    view.node = incident.name.isEmpty ? nil : incident.name
    view.graph = notification.lines.first.flatMap { $0.parts.first?.graph ?? $0.graph }
    view.acknowledgement = incident.acknowledgement.map { ($0.who, $0.at, $0.why) }
    let target = incident.target(facts)
    if let target {
      view.target = target.description
      let now = clock.epoch
      view.silence = alerts.machine.silences
        .filter { $0.target == target && $0.from <= now && now < $0.until }
        .max { $0.until < $1.until }.map { ($0.until, $0.who, $0.why) }
    }
    let now = clock.epoch
    view.widerSilences = alerts.machine.silences.filter { silence in
      incident.isOpen && silence.target != target && silence.from <= now
        && now < silence.until && silence.holds(incident)
    }.map { ($0.target.description, $0.until, $0.who, $0.why) }
    if incident.isOpen, incident.holds.contains(.planned), !incident.isSilenced {
      let until = incident.plannedUntil.map { " until \(CalendarTime.local($0).text)" } ?? ""
      view.notes.append("not told\(until): \(incident.plannedBy ?? "planned work")")
    }
    return view
  }
}
