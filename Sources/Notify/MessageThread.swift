public import Incidents

/// Where a message of the outbox stands among those to its contact: what it follows must arrive before it.
public struct MessageThread: Sendable, Hashable {
  /// The identifier of the notification that it is of.
  public let message: String
  /// The identifiers of earlier notifications about the same incidents.
  public let follows: [String]
  /// The numbers of the incidents that it tells of; empty for one that is sent by the clock.
  public let incidents: [Int]
  /// Whether it says again what an earlier one says (`always_send`): none is put behind one that waits.
  public let isRepeat: Bool

  public init(
    message: String, follows: [String] = [], incidents: [Int] = [], isRepeat: Bool = false
  ) {
    self.message = message
    self.follows = follows
    self.incidents = incidents
    self.isRepeat = isRepeat
  }

  public init(_ notification: Notification) {
    self.init(
      message: notification.identifier, follows: notification.references,
      incidents: notification.lines.map(\.incident), isRepeat: notification.kind == .always)
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
