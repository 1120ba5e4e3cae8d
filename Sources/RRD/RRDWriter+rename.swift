internal import CRRD
internal import Glibc
internal import MuninWire

extension RRDWriter {
  /// Renames a file, never over another one.
  public func rename(_ path: String, to new: String) throws(RRDError) {
    try renameFile(path, to: new)
    forgetAll()
  }

  /// Renames a file of which nothing is known yet, or whose next update will find out that it is missing.
  private func renameFile(_ path: String, to new: String) throws(RRDError) {
    let problem = crrd_rename_new(path, new)
    guard problem == 0 else { throw RRDError("cannot rename \(path) to \(new)", problem: problem) }
  }

  /// Renames a file, never over another one, and makes the folders of its new name.
  public func move(_ path: String, to new: String) throws(RRDError) {
    try makeDirectories(for: new)
    try rename(path, to: new)
  }

  /// Takes a file out of the way, as `path.word-time`. Returns its new name.
  /// - Parameter word: why, one of ``RRDTree``'s words.
  public func setAside(
    _ path: String, as word: String = "damaged", at time: Int
  ) throws(RRDError) -> String {
    for attempt in 0..<100 {
      let aside = asideName(path, word, time, attempt)
      do throws(RRDError) {
        try renameFile(path, to: aside)
        return aside
      } catch {
        guard error.kind == .taken else { throw error }
      }
    }
    throw RRDError(.other, "cannot set \(path) aside: a hundred files of its name exist")
  }

  /// Changes type and limits, by options of `rrdtool tune`.
  func tune(_ path: String, _ options: [String]) throws(RRDError) {
    guard !options.isEmpty else { return }
    let arguments = CArguments(["tune", path] + options)
    rrd_clear_error()
    guard rrd_tune(arguments.count, arguments.baseAddress) == 0 else {
      throw RRDError("cannot tune \(path)", path: path)
    }
  }

  /// Goes on with the field's history under its old name or its old type. False when there is none.
  func takeOver(_ update: RRDUpdate) throws(RRDError) -> Bool {
    guard let predecessor = predecessor(of: update) else { return false }
    return try takeOver(predecessor, as: update.path)
  }

  /// The file whose history goes on in a file that does not exist.
  func predecessor(of update: RRDUpdate) -> String? {
    if let former = update.formerPath, former != update.path, access(former, F_OK) == 0 {
      return former
    }
    // The type changed: the newest of the files of other types is the one munin would rename.
    var newest: (path: String, time: Int)?
    for type in FieldType.allCases {
      guard let path = sibling(of: update.path, type: type), path != update.path,
        access(path, F_OK) == 0
      else { continue }
      // A damaged file is no history to go on with.
      guard let time = try? RRDFile(path).lastUpdate() else { continue }
      if time > newest?.time ?? 0 { newest = (path, time) }
    }
    return newest?.path
  }

  private func takeOver(_ old: String, as new: String) throws(RRDError) -> Bool {
    // What is kept of it is kept under its old name.
    if undo?.isUnsynced(old) == true, let slash = old.lastIndex(of: "/") {
      try sync(String(old[..<slash]))
    }
    do throws(RRDError) {
      try makeDirectories(for: new)
      try renameFile(old, to: new)
      return true
    } catch {
      guard error.kind == .missing else { throw error }
      return false
    }
  }
}
