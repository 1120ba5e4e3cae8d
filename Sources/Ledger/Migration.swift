/// One change of a module's tables. Versions of a part start at 1 and have no gaps; a step,
/// once released, is never edited: a change is the next step.
public struct Migration: Sendable {
  /// Whose tables: `outbox`, `states`. Parts do not depend on each other's versions.
  public let part: String
  public let version: Int
  /// The statements, separated by semicolons.
  public let sql: String

  public init(part: String, version: Int, sql: String) {
    self.part = part
    self.version = version
    self.sql = sql
  }
}
