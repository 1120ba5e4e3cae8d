internal import Ledger
public import Limits
internal import Text

/// Polls that brought nothing, of a node or of one of its services: too few in a row to be an incident, perhaps. The starts of a machine
/// are counted as well. All is counted together between two ``CountingTimes``.
public struct Mishap: Sendable, Hashable {
  public enum Kind: Int, Sendable, Hashable {
    /// The node could not be polled.
    case missed = 1
    /// The plugin gave an error, or no value.
    case failed = 2
    /// The node did not list the service.
    case notListed = 3
    /// The machine was started.
    case restarted = 4
  }

  public let node: NodeNumber
  /// Since when it is counted.
  let began: Int
  /// Empty for the node itself.
  public let service: String
  public let kind: Kind
  public var count: Int
  /// When it happened last, in seconds since 1970.
  public var last: Int
  /// Why, of the last one: `# Timed out`.
  public var words: String

  /// One poll.
  public init(
    node: NodeNumber, service: String = "", _ kind: Kind, at time: Int, words: String,
    by times: CountingTimes = .quarters
  ) {
    self.node = node
    began = times.latest(at: time)
    self.service = service
    self.kind = kind
    count = 1
    last = time
    self.words = String(words.unicodeScalars.prefix(200).map(Character.init))
  }

  /// The longest time that is counted together.
  static let quarter = 900

  /// Counts one poll. Written twice it counts once.
  func write(in transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute(
      """
      INSERT INTO mishap (node, service, kind, began, count, last, words) VALUES (?, ?, ?, ?, 1, ?, ?)
      ON CONFLICT DO UPDATE SET count = count + 1, last = excluded.last, words = excluded.words
        WHERE excluded.last > last
      """,
      [
        .integer(Int(node.raw)), .text(service), .integer(kind.rawValue),
        .integer(began), .integer(last), .text(words),
      ])
  }

  /// What was counted, summed up for each node, service and kind. What was counted together belongs to the time in which the last of it
  /// happened.
  static func all(
    since: Int, until: Int, _ transaction: borrowing Transaction
  ) throws(LedgerError) -> [Mishap] {
    var all: [Mishap] = []
    try transaction.each(
      """
      SELECT node, service, kind, sum(count), max(last), words FROM mishap
      WHERE began > ? AND last >= ? AND last < ? GROUP BY node, service, kind ORDER BY sum(count) DESC LIMIT 10000
      """, [.integer(since - quarter), .integer(since), .integer(until)]
    ) { row throws(LedgerError) in
      guard let kind = Kind(rawValue: row.integer(2) ?? 0) else { return }
      var mishap = Mishap(
        node: NodeNumber(stored: row.integer(0)), service: row.text(1) ?? "", kind,
        at: row.integer(4) ?? 0, words: row.text(5) ?? "")
      mishap.count = row.integer(3) ?? 1
      all.append(mishap)
    }
    return all
  }
}
