public import Incidents

/// Where a message of the outbox stands among those to its contact: what it follows must arrive before it.
public struct MessageThread: Sendable, Hashable {
  /// The identifier of the notification that it is of.
  public let message: String
  /// The identifiers of earlier notifications about the same incidents.
  public let follows: [String]
  /// The numbers of the incidents that it tells of; empty for one that is sent by the clock.
  public let incidents: [Int]

  public init(message: String, follows: [String] = [], incidents: [Int] = []) {
    self.message = message
    self.follows = follows
    self.incidents = incidents
  }

  public init(_ notification: Notification) {
    self.init(
      message: notification.identifier, follows: notification.references,
      incidents: notification.lines.map(\.incident))
  }

  /// The columns `follows` and `incidents` hold words, which have no blanks.
  static func column(_ words: some Sequence<some CustomStringConvertible>) -> String? {
    let text = words.map(\.description).joined(separator: " ")
    return text.isEmpty ? nil : text
  }

  static func words(_ column: String?) -> [String] {
    (column ?? "").split(separator: " ").map(String.init)
  }
}
