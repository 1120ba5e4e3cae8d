/// Whether a node can be polled, as a value.
public struct Reachability: Sendable, Equatable {
  /// The end of the last poll that brought an answer, in seconds since 1970.
  public var lastAnswer: Int?
  /// Why the last poll failed; `nil` when it did not.
  public var trouble: String?
  /// When that trouble began.
  public var troubleSince: Int?
  /// How many polls in a row have failed.
  public var missed: Int
  /// Whether people were told that it is unreachable.
  public var isAnnounced: Bool

  public init(
    lastAnswer: Int? = nil, trouble: String? = nil, troubleSince: Int? = nil, missed: Int = 0,
    isAnnounced: Bool = false
  ) {
    self.lastAnswer = lastAnswer
    self.trouble = trouble
    self.troubleSince = troubleSince
    self.missed = missed
    self.isAnnounced = isAnnounced
  }

  /// What people are told.
  public enum Change: Sendable, Equatable {
    case lost(trouble: String, since: Int)
    case found(after: Int)
  }

  /// Counts the end of a poll: `nil` for an answer.
  /// - Parameter tolerated: how many failures in a row are not announced.
  public mutating func observe(_ trouble: String?, now: Int, tolerated: Int) -> Change? {
    guard let trouble else {
      let since = troubleSince ?? now
      let change = isAnnounced ? Change.found(after: now - since) : nil
      self = Reachability(lastAnswer: now)
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
