internal import Limits

/// Messages by the clock: who makes them gathers what they tell between ``takeRegular(at:)`` and ``finish(_:with:at:)``, which may take a while.
extension AlertStages {
  /// The digests and signs of life that are due. Each stays due until ``finish(_:with:at:)``.
  public mutating func takeRegular(at now: Int) -> [RegularOrder] { regular.takeDue(at: now) }

  /// A digest with all that concerns its contact and was not told to it. What the contact wants to ignore is to be taken out.
  ///
  /// It is made of the stages as they are at the call, whatever polls change meanwhile.
  /// - Parameters:
  ///   - now: up to when the sources tell.
  ///   - pause: is called after each part of the work.
  public func digest(
    _ order: RegularOrder, _ sources: DigestSources, at now: Int, facts: AlertFacts,
    pause: () async -> Void = {}
  ) async -> Notification {
    let draft = DigestDraft(
      order: order, sources: sources, plan: plan, machine: machine,
      draft: NotificationDraft(facts: facts, judge: judge, machine: machine), facts: facts,
      now: now, contacts: { contacts(of: $0, facts) })
    var contents = DigestContents(
      since: order.since, isHourly: order.isHourly, items: await draft.items(pause))
    contents.compared = sources.compared
    contents.comparable = sources.comparable
    var notification = notification(order, .digest, at: now)
    notification.digest = contents
    return notification
  }

  public func signOfLife(
    _ order: RegularOrder, _ facts: AliveFacts, at now: Int
  ) -> Notification {
    var notification = notification(order, .alive, at: now)
    notification.alive = facts
    return notification
  }

  private func notification(
    _ order: RegularOrder, _ kind: Notification.Kind, at now: Int
  ) -> Notification {
    Notification(
      number: 0, contact: order.key.contact, kind: kind, at: now, lines: [],
      identifier: order.identifier)
  }

  /// A message by the clock was made. Nothing is left of it when its contact is gone meanwhile.
  /// - Parameters:
  ///   - notification: `nil` when there is nothing to tell.
  ///   - now: up to when it tells.
  public mutating func finish(
    _ order: RegularOrder, with notification: Notification?, at now: Int
  ) -> AlertUpdate {
    var update = AlertUpdate()
    guard let standing = regular.finish(order, at: now) else { return update }
    update.rows.regular = [(order.key, standing)]
    guard var notification else { return update }
    notification.number = nextNotification
    nextNotification += 1
    plan.sent[order.key.contact, default: []].append(now)
    update.rows.notifications = [notification]
    update.notifications = [notification]
    return update
  }

  /// What a poll brought nothing of, without what is known for long not to be listed.
  func mishaps(_ faults: [ServiceFault], of node: NodeNumber, at now: Int) -> [Mishap] {
    faults.compactMap { fault in
      if fault.isGone {
        let place = ServicePlace(node: node, service: fault.service)
        guard machine.faults[place]?.count ?? 0 <= UnknownLimit.standard.count else { return nil }
      }
      return Mishap(
        node: node, service: fault.service, fault.isGone ? .notListed : .failed, at: now,
        words: fault.words, by: countingTimes)
    }
  }
}
