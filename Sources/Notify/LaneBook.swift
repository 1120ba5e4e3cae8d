internal import EventLoop

/// Which lanes are at work, and what they have delivered. Couriers that follow each other, after new settings, share one: no mail is
/// attempted by two.
final class LaneBook: Sendable {
  private let busy = Locked<Set<String>>([])
  /// Mails that were delivered but could not be removed from the outbox yet.
  private let unremoved = Locked<Set<String>>([])

  /// What lanes remember of servers that failed.
  let pauses = Locked(LanePauses())

  /// - Returns: whether it was idle.
  func begin(_ lane: String) -> Bool { busy.with { $0.insert(lane).inserted } }
  func end(_ lane: String) { busy.with { _ = $0.remove(lane) } }
  func isBusy(_ lane: String) -> Bool { busy.with { $0.contains(lane) } }

  func setDelivered(_ id: String) { unremoved.with { _ = $0.insert(id) } }
  func setRemoved(_ id: String) { unremoved.with { _ = $0.remove(id) } }
  func isDelivered(_ id: String) -> Bool { unremoved.with { $0.contains(id) } }
}
