internal import Incidents
internal import Ledger

/// Writes messages and hands them over: the first can be done for the next message while a server takes one.
extension Courier {
  /// A message that is to be handed over.
  enum Written: Sendable {
    case mail(OutgoingMail, MailAddress)
    case command(String, text: String)
    /// The way writes its words itself.
    case notification(Notification, AlertDestination)
  }

  func write(
    _ entry: OutboxEntry
  ) async throws(LedgerError) -> Result<Written, DeliveryFailure> {
    if let number = entry.notification {
      return try await write(entry, notification: number)
    }
    if let problem = alerts?.obstacle(of: entry.contact, lane: entry.lane) {
      return .failure(DeliveryFailure(.mail, isPermanent: true, problem))
    }
    let mail = try await ledger.read { transaction throws(LedgerError) in
      try Outbox.mail(entry, in: transaction)
    }
    guard let mail else {
      return .failure(
        DeliveryFailure(.mail, isPermanent: true, "invalid address '\(entry.target)'"))
    }
    return await write(entry, mail)
  }

  func write(
    _ entry: OutboxEntry, _ mail: OutgoingMail
  ) async -> Result<Written, DeliveryFailure> {
    do throws(DeliveryFailure) {
      switch mail.route {
      case .command(let command):
        let today = try alerts?.command(of: entry.contact, made: command, of: mail.source)
        return .success(.command(today ?? command, text: mail.text))
      case .address(let stored):
        let address = (try? MailAddress(entry.target)) ?? stored
        return .success(.mail(mails == nil ? mail : await drawn(mail), address))
      }
    } catch {
      return .failure(error)
    }
  }

  private func write(
    _ entry: OutboxEntry, notification number: Int
  ) async throws(LedgerError) -> Result<Written, DeliveryFailure> {
    let notification = try await ledger.read { transaction throws(LedgerError) in
      try AlertTables.notification(number, in: transaction)
    }
    guard let notification else {
      return .failure(
        DeliveryFailure(
          .mail, isPermanent: true, "the facts of notification \(number) are no longer stored"))
    }
    guard let target = AlertDestination(entry) else {
      return .failure(
        DeliveryFailure(.mail, isPermanent: true, "invalid target '\(entry.target)'"))
    }
    return await write(entry, notification, to: target)
  }

  /// - Parameter notification: what the entry is made of.
  func write(
    _ entry: OutboxEntry, _ notification: Notification, to target: AlertDestination
  ) async -> Result<Written, DeliveryFailure> {
    guard let alerts else { return .failure(DeliveryFailure.noServer) }
    if let problem = alerts.obstacle(of: entry.contact, lane: entry.lane) {
      return .failure(DeliveryFailure(.mail, isPermanent: true, problem))
    }
    if case .mail(let address) = target, mails != nil {
      return .success(.mail(await alerts.mail(notification, to: address), address))
    }
    return .success(.notification(notification, target))
  }

  /// Makes one attempt.
  /// - Parameter now: seconds since 1970.
  /// - Returns: who has taken the message, in words.
  func send(
    _ written: Result<Written, DeliveryFailure>, now: Int
  ) async -> Result<String, DeliveryFailure> {
    do throws(DeliveryFailure) {
      switch try written.get() {
      case .mail(let mail, let address):
        guard let mails else { throw DeliveryFailure.noServer }
        return .success(try await mails.deliver(mail, to: address).words)
      case .command(let command, let text):
        try await commands.deliver(text, to: command)
        return .success("its command")
      case .notification(let notification, let target):
        guard let alerts else { throw DeliveryFailure.noServer }
        return .success(
          try await alerts.deliver(notification, to: target, by: mails, now: now).words)
      }
    } catch {
      return .failure(error)
    }
  }

  /// The mail with the picture that it is to show.
  private func drawn(_ mail: OutgoingMail) async -> OutgoingMail {
    guard let drawing = mail.drawing, let picture = await pictures?.picture(of: drawing) else {
      return mail
    }
    return mail.showing(picture)
  }
}
