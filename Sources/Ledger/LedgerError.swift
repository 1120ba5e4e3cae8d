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

  /// - Parameter what: what was tried, as in `cannot open`. It is named only where the statement may be the reason.
  init(_ what: String, path: String, code: Int32, message: String) {
    switch code & 0xff {
    case SQLITE_BUSY, SQLITE_LOCKED:
      self.init(.busy, "cannot use \(path): another process holds it (\(message))")
    case SQLITE_FULL: self.init(.full, "cannot write \(path): \(message)")
    case SQLITE_CORRUPT, SQLITE_NOTADB: self.init(damaged: path, message)
    case SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PERM:
      self.init(.other, "cannot use \(path): \(message)")
    case SQLITE_CONSTRAINT: self.init(.constraint, "\(what) \(path): \(message)")
    default: self.init(.other, "\(what) \(path): \(message)")
    }
  }

  /// The file cannot be read as a ledger; what is to be done is the administrator's to decide.
  init(damaged path: String, _ message: String) {
    self.init(
      .damaged,
      "the ledger \(path) is damaged (\(message)): put a copy of it back, or move it and \(path)-wal away: "
        + "a new ledger begins without levels, waiting mails and values that are not in files yet; RRD files stay as they are"
    )
  }
}
