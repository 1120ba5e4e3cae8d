internal import Ledger

/// A message that a contact gets by the clock: at most one of a kind is due at a time.
public struct RegularKey: Sendable, Hashable {
  public enum Kind: Int, Sendable, Hashable, CaseIterable {
    case digest = 1
    case alive = 2
  }

  public let contact: String
  public let kind: Kind

  public init(contact: String, kind: Kind) {
    self.contact = contact
    self.kind = kind
  }
}

/// Up to when the messages of a ``RegularKey`` were made.
public struct RegularStanding: Sendable, Hashable {
  /// The time of the clock that the last one was for, in seconds since 1970.
  public var slot: Int
  /// The next one tells what happened from here on.
  public var until: Int

  public init(slot: Int, until: Int) {
    self.slot = slot
    self.until = until
  }
}

/// A message that is due.
public struct RegularOrder: Sendable, Hashable {
  public let key: RegularKey
  /// The time of the clock that it is for, in seconds since 1970.
  public let slot: Int
  /// It tells what happened from here on.
  public let since: Int
  public let isHourly: Bool

  public init(key: RegularKey, slot: Int, since: Int, isHourly: Bool = false) {
    self.key = key
    self.slot = slot
    self.since = since
    self.isHourly = isHourly
  }

  /// The Message-ID without its host: the same for each attempt to make it.
  var identifier: String {
    let word = key.kind == .digest ? "digest" : "alive"
    let contact = String(NotificationPlan.hash(key.contact), radix: 36)
    return "\(word).\(String(slot, radix: 36)).\(contact)"
  }
}

extension RegularStanding {
  static func all(
    in transaction: borrowing Transaction
  ) throws(LedgerError) -> [RegularKey: RegularStanding] {
    var all: [RegularKey: RegularStanding] = [:]
    try transaction.each("SELECT contact, kind, slot, until FROM regular_message") {
      row throws(LedgerError) in
      guard let kind = RegularKey.Kind(rawValue: row.integer(1) ?? 0) else { return }
      all[RegularKey(contact: row.text(0) ?? "", kind: kind)] = RegularStanding(
        slot: row.integer(2) ?? 0, until: row.integer(3) ?? 0)
    }
    return all
  }
}

extension RegularKey {
  func write(
    _ standing: RegularStanding?, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    guard let standing else {
      try transaction.execute(
        "DELETE FROM regular_message WHERE contact = ? AND kind = ?",
        [.text(contact), .integer(kind.rawValue)])
      return
    }
    try transaction.execute(
      "INSERT OR REPLACE INTO regular_message VALUES (?, ?, ?, ?)",
      [
        .text(contact), .integer(kind.rawValue), .integer(standing.slot),
        .integer(standing.until),
      ])
  }
}
