internal import CSQLite

/// An error of SQLite, or of the ledger itself.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds a caller may want to treat differently.
  public enum Kind: Sendable {
    /// Another process holds the file.
    case busy
    /// The disk, or a quota, is full.
    case full
    /// The file is not a ledger, or it is damaged.
    case damaged
    /// A row breaks a rule of its table.
    case constraint
    /// A newer program wrote the file.
    case newer
    /// Anything else: permissions, a missing folder, wrong SQL.
    case other
  }

  public let kind: Kind

  /// The whole message, ready for a log.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// - Parameter what: what was tried, as in `cannot open`.
  init(_ what: String, path: String, code: Int32, message: String) {
    kind =
      switch code & 0xff {
      case SQLITE_BUSY, SQLITE_LOCKED: .busy
      case SQLITE_FULL: .full
      case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
      case SQLITE_CONSTRAINT: .constraint
      default: .other
      }
    description = "\(what) \(path): \(message)"
  }
}
