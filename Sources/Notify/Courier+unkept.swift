internal import EventLoop
internal import Incidents
public import Ledger

/// Messages that the ledger does not take: a full disk must not keep back the alert about it.
extension Courier {
  /// Makes one attempt for each message that was not delivered yet. A delivered one is remembered: when the ledger takes it after all,
  /// it leaves the outbox without another attempt. One that failed waits until the ledger takes its rows, or for the next call.
  /// - Parameters:
  ///   - rows: rows of the outbox; others are passed over.
  ///   - now: seconds since 1970.
  /// - Returns: a report of each attempt.
  public func deliverUnkept(_ rows: [any LedgerRows], now: Int) async -> [DeliveryReport] {
    let book = book.with { $0 }
    var lanes: [String: [Unkept]] = [:]
    for message in rows.flatMap(Courier.messages) where !book.isDelivered(message.entry.id) {
      lanes[message.entry.lane, default: []].append(message)
    }
    return await withTaskGroup(of: [DeliveryReport].self) { group in
      for (lane, messages) in lanes where book.begin(lane) {
        group.addTask {
          defer { book.end(lane) }
          return await self.deliver(messages, in: lane, book, now: now)
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }

  private struct Unkept: Sendable {
    enum Source: Sendable {
      case alert(Notification, AlertDestination)
      case mail(OutgoingMail)
    }

    let entry: OutboxEntry
    let source: Source
  }

  private static func messages(_ row: any LedgerRows) -> [Unkept] {
    if let alert = row as? AlertMessages {
      return alert.entries.map {
        Unkept(entry: $0.entry, source: .alert($0.notification, $0.target))
      }
    }
    guard let mail = row as? OutgoingMail else { return [] }
    return [Unkept(entry: OutboxEntry(unkept: mail), source: .mail(mail))]
  }

  private func deliver(
    _ messages: [Unkept], in lane: String, _ book: LaneBook, now: Int
  ) async -> [DeliveryReport] {
    var reports: [DeliveryReport] = []
    // What a later message has to wait for.
    var missing: Set<String> = []
    for message in messages where !Task.isCancelled {
      if !missing.isDisjoint(with: message.entry.follows) {
        if let name = message.entry.message { missing.insert(name) }
        continue
      }
      let written =
        switch message.source {
        case .alert(let notification, let target):
          await write(message.entry, notification, to: target)
        case .mail(let mail): await write(message.entry, mail)
        }
      switch await send(written, now: now) {
      case .success(let way):
        book.setDelivered(message.entry.id)
        reports.append(DeliveryReport(message.entry, .delivered, way: way))
      case .failure(let failure):
        if let name = message.entry.message, !failure.isPermanent { missing.insert(name) }
        reports.append(
          DeliveryReport(
            message.entry, .postponed(until: now + 60), problem: failure.description))
        // The others of the lane would fail likewise.
        if failure.scope == .server || failure.isTimeout { return reports }
      }
    }
    if lane == Outbox.mailLane { await mails?.finish() }
    return reports
  }
}

extension OutboxEntry {
  fileprivate init(unkept mail: OutgoingMail) {
    let (target, lane, isCommand) =
      switch mail.route {
      case .address(let address): ("\(address)", Outbox.mailLane, false)
      case .command(let command): (command, Outbox.commandLane(of: mail.contact), true)
      }
    self.init(
      unkept: mail.id, to: mail.contact, lane: lane, target: target, isCommand: isCommand,
      subject: mail.subject, created: mail.created, place: mail.place)
  }
}
