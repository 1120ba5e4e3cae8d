internal import Notify

/// A message that its contact did not get and that is not tried again before the next start, as pages and commands show it.
public struct GivenUpMail: Sendable, Hashable {
  public var contact: String
  public var subject: String
  /// When it was written, in seconds since 1970.
  public var created: Int
  /// When the last attempt was made.
  public var givenUp: Int
  /// Why that failed.
  public var problem: String

  /// No more than so many are shown: the others are counted.
  static let most = 20

  public init(contact: String, subject: String, created: Int, givenUp: Int, problem: String) {
    self.contact = contact
    self.subject = subject
    self.created = created
    self.givenUp = givenUp
    self.problem = problem
  }

  init(_ entry: OutboxEntry) {
    self.init(
      contact: entry.contact, subject: entry.subject, created: entry.created,
      givenUp: entry.failed ?? entry.created, problem: entry.problem ?? "unknown error")
  }
}
