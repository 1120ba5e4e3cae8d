public import Ledger
internal import Text

/// Orders as rows of ``AlertTables``: a command or a page writes one, the collector carries it out and writes the answer.
extension AlertOrder {
  /// Stores an order that is to be carried out.
  /// - Returns: its number.
  @discardableResult
  public static func store(
    _ kind: Kind, who: String, why: String, at now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    let (word, target, until) = kind.stored
    try transaction.execute(
      "INSERT INTO alert_order (at, kind, target, until, who, why) VALUES (?, ?, ?, ?, ?, ?)",
      [
        .integer(now), .text(word), .text(target), Value(until), .text(who.printable),
        .text(why.printable),
      ])
    return transaction.lastInsertedRow
  }

  /// The orders that were not carried out yet.
  public static func open(in transaction: borrowing Transaction) throws(LedgerError) -> [AlertOrder]
  {
    var orders: [AlertOrder] = []
    try transaction.each(
      """
      SELECT number, at, kind, target, until, who, why FROM alert_order WHERE applied IS NULL ORDER BY number
      """
    ) { row throws(LedgerError) in
      guard
        let kind = Kind(
          stored: row.text(2) ?? "", target: row.text(3) ?? "", until: row.integer(4))
      else { return }
      orders.append(
        AlertOrder(
          number: row.integer(0) ?? 0, at: row.integer(1) ?? 0, kind: kind,
          who: row.text(5) ?? "", why: row.text(6) ?? ""))
    }
    return orders
  }

  /// An order and the answer to it; `nil` when it was not carried out yet.
  public static func carriedOut(
    _ number: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> (order: AlertOrder, answer: String)? {
    let row = try transaction.query(
      """
      SELECT kind, target, until, at, who, why, answer FROM alert_order WHERE number = ? AND applied IS NOT NULL
      """, [.integer(number)]
    ).first
    guard let row,
      let kind = Kind(
        stored: row[0].text ?? "", target: row[1].text ?? "", until: row[2].integer)
    else { return nil }
    let order = AlertOrder(
      number: number, at: row[3].integer ?? 0, kind: kind, who: row[4].text ?? "",
      why: row[5].text ?? "")
    return (order, row[6].text ?? "")
  }

  /// How many orders somebody has given since a time.
  public static func count(
    of who: String, since time: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> Int {
    try transaction.query(
      "SELECT count(*) FROM alert_order WHERE who = ? AND at > ?", [.text(who), .integer(time)]
    ).first?[0].integer ?? 0
  }
}

extension AlertOrder.Kind {
  fileprivate var stored: (word: String, target: String, until: Int?) {
    switch self {
    case .silence(let target, let until): ("silence", target.description, until)
    case .unsilence(let target): ("unsilence", target.description, nil)
    case .acknowledge(let incident): ("ack", String(incident), nil)
    }
  }

  fileprivate init?(stored word: String, target: String, until: Int?) {
    switch word {
    case "silence":
      guard let target = AlertTarget(target), let until else { return nil }
      self = .silence(target, until: until)
    case "unsilence":
      guard let target = AlertTarget(target) else { return nil }
      self = .unsilence(target)
    case "ack":
      guard let incident = Int(target) else { return nil }
      self = .acknowledge(incident: incident)
    default: return nil
    }
  }
}
