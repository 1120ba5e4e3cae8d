public import Ledger

/// The intent of a rename, or of the end of a history, kept in the ledger until all of its files have their new names or are removed: what a
/// killed process began is finished at the next start.
public enum HistoryTables {
  /// Give these to `Ledger.migrate`.
  public static let migrations = [
    Migration(
      part: "history", version: 1,
      sql: """
        CREATE TABLE rename_intent (
          number INTEGER PRIMARY KEY,
          scope INTEGER NOT NULL,
          old_path TEXT NOT NULL,
          old_graph TEXT,
          old_field TEXT,
          new_path TEXT NOT NULL,
          new_graph TEXT,
          new_field TEXT
        ) STRICT;
        CREATE TABLE rename_file (
          number INTEGER PRIMARY KEY,
          old TEXT NOT NULL,
          new TEXT NOT NULL
        ) STRICT;
        """)
  ]

  /// What is being renamed.
  public struct Intent: Sendable, Hashable {
    public var old: HistoryTarget
    public var new: HistoryTarget
    /// Names of files below the folder of all files.
    public var files: [Pair]

    public init(old: HistoryTarget, new: HistoryTarget, files: [Pair]) {
      self.old = old
      self.new = new
      self.files = files
    }

    /// The files are removed, not renamed.
    public init(forgetting target: HistoryTarget, files: [String]) {
      self.init(
        old: target, new: HistoryTarget(path: "", scope: target.scope),
        files: files.map { Pair(old: $0, new: "") })
    }

    /// Whether it is the end of a history, not another name.
    public var isForgetting: Bool { new.path.isEmpty }

    /// What is said when it is done: `g;web01 is g;www now`.
    public var result: String { isForgetting ? "\(old) is forgotten" : "\(old) is \(new) now" }
  }

  /// A file's old and new name.
  public struct Pair: Sendable, Hashable {
    public var old: String
    public var new: String

    public init(old: String, new: String) {
      self.old = old
      self.new = new
    }
  }

  public static func write(
    _ intent: Intent, in transaction: borrowing Transaction
  ) throws(LedgerError) {
    let (old, new) = (intent.old, intent.new)
    try transaction.execute(
      "INSERT INTO rename_intent VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
      [
        .integer(old.scopeCode), .text(old.path), Value(old.graph), Value(old.field),
        .text(new.path), Value(new.graph), Value(new.field),
      ])
    for file in intent.files {
      try transaction.execute(
        "INSERT INTO rename_file (old, new) VALUES (?, ?)", [.text(file.old), .text(file.new)])
    }
  }

  /// The intent that is not finished; `nil` when there is none.
  public static func read(in transaction: borrowing Transaction) throws(LedgerError) -> Intent? {
    guard
      let row = try transaction.query(
        """
        SELECT scope, old_path, old_graph, old_field, new_path, new_graph, new_field
        FROM rename_intent
        """
      ).first
    else { return nil }
    let scope = row[0].integer ?? 0
    let files = try transaction.query("SELECT old, new FROM rename_file ORDER BY number").map {
      Pair(old: $0[0].text ?? "", new: $0[1].text ?? "")
    }
    return Intent(
      old: HistoryTarget(scope, row[1].text ?? "", row[2].text, row[3].text),
      new: HistoryTarget(scope, row[4].text ?? "", row[5].text, row[6].text), files: files)
  }

  public static func remove(in transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute("DELETE FROM rename_intent")
    try transaction.execute("DELETE FROM rename_file")
  }
}

extension HistoryTarget {
  fileprivate var scopeCode: Int {
    switch scope {
    case .group: 0
    case .node: 1
    case .graph: 2
    case .field: 3
    }
  }

  fileprivate var graph: String? {
    switch scope {
    case .group, .node: nil
    case .graph(let graph): graph
    case .field(let graph, _): graph
    }
  }

  fileprivate var field: String? { if case .field(_, let name) = scope { name } else { nil } }

  fileprivate init(_ code: Int, _ path: String, _ graph: String?, _ field: String?) {
    let scope: Scope =
      switch code {
      case 0: .group
      case 1: .node
      case 2: .graph(graph ?? "")
      default: .field(graph: graph ?? "", name: field ?? "")
      }
    self.init(path: path, scope: scope)
  }
}
