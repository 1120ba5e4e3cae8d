public import Limits

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
  /// Whether its loss is an incident.
  public var isLost: Bool

  public init(
    lastAnswer: Int? = nil, trouble: String? = nil, troubleSince: Int? = nil, missed: Int = 0,
    isLost: Bool = false
  ) {
    self.lastAnswer = lastAnswer
    self.trouble = trouble
    self.troubleSince = troubleSince
    self.missed = missed
    self.isLost = isLost
  }

  /// How bad the trouble is: as its incident says, and unknown before there is one.
  public var level: Level { trouble == nil ? .ok : isLost ? .critical : .unknown }

  public init(_ standing: NodeStanding) {
    let isMissed = standing.missed > 0
    self.init(
      lastAnswer: standing.lastAnswer, trouble: isMissed ? standing.words : nil,
      troubleSince: isMissed ? standing.firstMiss : nil, missed: standing.missed,
      isLost: standing.incident != nil)
  }
}
