public import Limits

/// A message that is due: which steps of which incidents it tells to whom.
public struct PlannedMessage: Sendable {
  public struct Line: Sendable {
    public var incident: Incident
    public var step: NotificationLine.Step
    /// The level that the contact was told before.
    public var was: Level?
    /// When the contact got the last message about it.
    public var lastAt: Int?
    public var reminder: Int?
    public var nextAt: Int?
    public var toldTo: String?
    public var toldAt: Int?
  }

  public var contact: String
  public var kind: Notification.Kind
  public var at: Int
  /// The worst first.
  public var lines: [Line]
  public var identifier: String
  public var references: [String]
  /// How many incidents the message told of that this one answers.
  public var threadCount: Int?
  /// What has held the changes of a summary back.
  public var rateLimit: ContactRules.RateLimit?
  /// In how many seconds these changes happened.
  public var span: Int?
}
