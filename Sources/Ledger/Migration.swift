/// One change of a module's tables. Versions of a part start at 1 and have no gaps; a step,
/// once released, is never edited: a change is the next step.
public struct Migration: Sendable {
  /// Whose tables: `outbox`, `states`. Parts do not depend on each other's versions.
  public let part: String
  public let version: Int
  let change: Change

  enum Change: Sendable {
    case sql(String)
    case code(@Sendable (borrowing Transaction) throws(LedgerError) -> Void)
  }

  /// - Parameter sql: the statements, separated by semicolons.
  public init(part: String, version: Int, sql: String) {
    self.part = part
    self.version = version
    change = .sql(sql)
  }

  /// A change that SQL alone cannot make.
  public init(
    part: String, version: Int,
    code: @escaping @Sendable (borrowing Transaction) throws(LedgerError) -> Void
  ) {
    self.part = part
    self.version = version
    change = .code(code)
  }
}
