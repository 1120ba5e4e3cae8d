/// Whether a node can be polled, as a value.
struct NodeHealth: Sendable, Equatable {
  /// The end of the last poll that brought an answer.
  var lastAnswer: Int?
  var trouble: String?
  var troubleSince: Int?
  var missed = 0
  /// Whether people were told that it is unreachable.
  var isAnnounced = false
  /// What its mails belong to.
  var incident: String?

  enum Change: Equatable {
    case lost(trouble: String, since: Int)
    case found(after: Int)
  }

  /// Counts the end of a poll: `nil` for an answer.
  /// - Parameter tolerated: how many failures in a row are not announced.
  mutating func observe(_ trouble: String?, now: Int, tolerated: Int) -> Change? {
    guard let trouble else {
      let since = troubleSince ?? now
      let change = isAnnounced ? Change.found(after: now - since) : nil
      self = NodeHealth(lastAnswer: now, incident: incident)
      return change
    }
    if self.trouble == nil { troubleSince = now }
    self.trouble = trouble
    missed += 1
    guard missed > tolerated, !isAnnounced else { return nil }
    isAnnounced = true
    return .lost(trouble: trouble, since: troubleSince ?? now)
  }
}
