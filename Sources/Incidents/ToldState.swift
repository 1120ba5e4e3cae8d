public import Limits

/// What a contact was told of an incident.
public struct ToldState: Sendable, Hashable {
  /// The worst level that was told.
  public var level: Level
  /// When it was told first, in seconds since 1970.
  public var at: Int
  /// When it is told again, unless it has ended; and how often it was.
  public var nextReminder: Int?
  public var reminders: Int
  /// When another contact is told.
  public var escalateAt: Int?
  /// The identifier of the message that told it first: all that it told end in one message.
  public var root: String
}

/// A contact and an incident.
public struct ToldKey: ContactKey {
  public let contact: String
  public let incident: Int

  public init(contact: String, incident: Int) {
    self.contact = contact
    self.incident = incident
  }

  public init(contact: String, subject: Int) { self.init(contact: contact, incident: subject) }

  public var subject: Int { incident }
}

/// The messages to a contact in one thread.
public struct ThreadState: Sendable, Hashable {
  public var first: String
  public var last: String
  public var count: Int
  /// When the last message was.
  public var at: Int
}

/// A contact and the thread of incidents.
public struct ThreadKey: ContactKey {
  public let contact: String
  public let thread: String

  public init(contact: String, thread: String) {
    self.contact = contact
    self.thread = thread
  }

  public init(contact: String, subject: String) { self.init(contact: contact, thread: subject) }

  public var subject: String { thread }
}
