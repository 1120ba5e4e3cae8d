internal import CRRD
internal import Glibc

extension RRDWriter {
  /// Mends a file as far as that can be done. Nothing is deleted: the old file stays under another name.
  ///
  /// A damaged or empty file is set aside; the next value makes a new one. A file whose newest value lies in the future is
  /// replaced by one with the same history up to now. Call ``restore(generation:newest:)`` first: what a killed process
  /// left must not be put into the new file later.
  /// - Parameter now: the present, in seconds since 1970.
  /// - Returns: what was done, `nil` when this kind of finding cannot be mended.
  public func mend(_ finding: RRDFinding, now: Int) throws(RRDError) -> String? {
    switch finding.kind {
    case .empty, .damaged:
      return "set aside as \(try setAside(finding.path, as: "damaged", at: now))"
    case .future:
      let (end, aside) = try endHistory(of: finding.path, at: now)
      return "its values after \(end) are dropped, the old file is \(aside)"
    case .foreign, .unprotected, .unreadable: return nil
    }
  }

  /// Replaces a file by one that has the same rows up to the present, and none after it.
  ///
  /// librrd itself copies the rows, by their times, into a file of the same archives (`rrdtool create --source`). The new
  /// file ends at the newest known row that is not in the future, so that values still in the journal get into it.
  /// - Returns: the time of that row in seconds since 1970, and where the old file is.
  private func endHistory(
    of path: String, at now: Int
  ) throws(RRDError) -> (end: Int, aside: String) {
    let file = RRDFile(path)
    let header = try file.header()
    let end = try file.newestKnown(until: now) ?? now
    let unfinished = path + ".new"
    unlink(unfinished)
    rrd_clear_error()
    let result = path.withCString { source in
      var sources: [UnsafePointer<CChar>?] = [source, nil]
      return rrd_create_r2(unfinished, UInt(header.step), end, 0, &sources, source, 0, nil)
    }
    guard result == 0 else { throw RRDError("cannot write \(unfinished)", path: unfinished) }
    do throws(RRDError) {
      try copyOwner(of: path, to: unfinished)
      let aside = try keepCopy(of: path, as: "future", at: now)
      guard Glibc.rename(unfinished, path) == 0 else {
        throw RRDError("cannot rename \(unfinished) to \(path)", problem: errno)
      }
      forgetAll()
      return (end, aside)
    } catch {
      unlink(unfinished)
      throw error
    }
  }

  /// Gives a file a second name, `path.word-time`: it is never without one.
  private func keepCopy(of path: String, as word: String, at time: Int) throws(RRDError) -> String {
    for attempt in 0..<100 {
      let aside = asideName(path, word, time, attempt)
      if link(path, aside) == 0 { return aside }
      guard errno == EEXIST else {
        // A file system without second names: the file is renamed, and for a moment there is none of its name.
        return try setAside(path, as: word, at: time)
      }
    }
    throw RRDError(.other, "cannot set \(path) aside: a hundred files of its name exist")
  }

  /// The collector, which runs under another user than the one who mends, must be able to write the file.
  private func copyOwner(of path: String, to new: String) throws(RRDError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw RRDError("cannot read \(path)", problem: errno) }
    guard chmod(new, status.st_mode & 0o7777) == 0 else {
      throw RRDError("cannot set the mode of \(new)", problem: errno)
    }
    var made = stat()
    guard stat(new, &made) == 0, made.st_uid != status.st_uid || made.st_gid != status.st_gid
    else { return }
    guard chown(new, status.st_uid, status.st_gid) == 0 else {
      throw RRDError("cannot give \(new) to the owner of \(path)", problem: errno)
    }
  }
}

/// `path.word-time`, and a number behind it when that name is taken.
func asideName(_ path: String, _ word: String, _ time: Int, _ attempt: Int) -> String {
  "\(path).\(word)-\(time)" + (attempt == 0 ? "" : "-\(attempt)")
}
