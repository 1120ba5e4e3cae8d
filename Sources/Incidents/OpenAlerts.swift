public import Ledger

/// What an order can be about: looks at the tables of alerts, without their contents.
public enum OpenAlerts {
  /// The numbers of the open incidents.
  public static func incidents(in transaction: borrowing Transaction) throws(LedgerError) -> [Int] {
    try transaction.query("SELECT number FROM incident_log WHERE closed IS NULL ORDER BY number")
      .compactMap { $0[0].integer }
  }

  /// The targets that are silenced now, and those whose silence was ordered and not carried out yet.
  public static func silenced(
    at now: Int, in transaction: borrowing Transaction
  ) throws(LedgerError) -> [AlertTarget] {
    var targets: [AlertTarget] = []
    let stored = try transaction.query(
      "SELECT target FROM silence WHERE until > ? ORDER BY number", [.integer(now)])
    for case let target? in stored.map({ AlertTarget($0[0].text ?? "") })
    where !targets.contains(target) {
      targets.append(target)
    }
    for order in try AlertOrder.open(in: transaction) {
      if case .silence(let target, _) = order.kind, !targets.contains(target) {
        targets.append(target)
      }
    }
    return targets
  }
}
