/// Steps of incidents that wait to become a message.
public struct Wave: Sendable, Hashable {
  public enum Kind: Int, Sendable, Hashable {
    /// More of the same group may follow.
    case change
    /// The quiet hours of the contact have to end.
    case quiet
    /// Others that were told in the same message may end, too.
    case recovery
    /// `rate_limit` lets no further message through.
    case summary
  }

  public struct Step: Sendable, Hashable {
    public let incident: Int
    public var kind: NotificationLine.Step
    /// When it happened.
    public let at: Int
  }

  public let number: Int
  public let contact: String
  public let kind: Kind
  /// The path of the group, or the identifier of the message that is answered.
  public let key: String
  public var due: Int
  /// By the number of the incident.
  public var steps: [Int: Step]
}

/// An incident in a ``Wave``.
public struct WaveStepKey: Sendable, Hashable {
  public let wave: Int
  public let incident: Int
}
