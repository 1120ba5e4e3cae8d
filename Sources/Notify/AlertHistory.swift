public import Incidents

/// What only the recorded values tell: asked when a message is delivered, so that no poll waits for it.
public protocol AlertHistory: Sendable {
  /// The picture of a value's graph, its newest value included; `nil` where it cannot be drawn: the message goes out without it.
  func picture(of part: NotificationPart, in line: NotificationLine, at time: Int) async
    -> MailPicture?
  /// How the value has moved.
  func movement(of part: NotificationPart, in line: NotificationLine, at time: Int) async
    -> ValueMovement?
}

/// How a value has moved until now, in the unit shown.
public struct ValueMovement: Sendable, Hashable {
  /// The value an hour and a day ago.
  public var hourAgo: Double?
  public var dayAgo: Double?
  /// Of how many days the value is the lowest, or the highest; `nil` where it is not, or nothing older is known.
  public var lowestOfDays: Int?
  public var highestOfDays: Int?

  public init(
    hourAgo: Double? = nil, dayAgo: Double? = nil, lowestOfDays: Int? = nil,
    highestOfDays: Int? = nil
  ) {
    self.hourAgo = hourAgo
    self.dayAgo = dayAgo
    self.lowestOfDays = lowestOfDays
    self.highestOfDays = highestOfDays
  }
}
