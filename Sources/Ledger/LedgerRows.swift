/// Rows that a stage of the collector wants in the ledger. The stage says what they are, somebody else when they are
/// written, together with the rows of other stages.
public protocol LedgerRows: Sendable {
  /// Writes the rows. Written twice, they are there once: a commit that reported an error may have been kept after all.
  func write(in transaction: borrowing Transaction) throws(LedgerError)

  /// About how many bytes they hold in memory while they wait.
  var byteCount: Int { get }
}
