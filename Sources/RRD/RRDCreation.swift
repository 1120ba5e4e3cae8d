internal import CRRD
internal import Glibc

/// The making of a file. It gets its name when it is complete: a kill leaves no half file behind.
struct RRDCreation {
  let path: String
  let spec: RRDSpec

  /// - Parameter start: values must be newer than this.
  func run(start: Int) throws(RRDError) {
    // librrd adds six letters of its own, and renames to this when all is written.
    let unfinished = path + ".new"
    do throws(RRDError) {
      try make(unfinished, start: start)
    } catch {
      guard error.kind == .missing else { throw error }
      try makeDirectories(for: path)
      try make(unfinished, start: start)
    }
    let problem = crrd_rename_new(unfinished, path)
    if problem != 0 { unlink(unfinished) }
    // Somebody else was quicker: their file has the history.
    guard problem == 0 || problem == EEXIST else {
      throw RRDError("cannot create \(path)", problem: problem)
    }
  }

  private func make(_ unfinished: String, start: Int) throws(RRDError) {
    let arguments = CArguments(spec.createArguments)
    var problem: Int32 = 0
    let result = arguments.withConstants {
      crrd_create(unfinished, UInt(max(1, spec.step)), start, arguments.count, $0, &problem)
    }
    guard result != 0 else { return }
    // Why a file cannot be written is in errno: librrd says "Cannot …", or nothing on a full disk.
    let words = String(cString: rrd_get_error())
    rrd_clear_error()
    if problem != 0, words.isEmpty || words.hasPrefix("Cannot") {
      throw RRDError("cannot create \(path)", problem: problem)
    }
    throw RRDError(.refused, "cannot create \(path): \(words)")
  }
}

/// Makes the directories of a file, as munin does: mode 0777 and the umask.
func makeDirectories(for path: String) throws(RRDError) {
  guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
  let directory = String(path[..<slash])
  if mkdir(directory, 0o777) == 0 || errno == EEXIST { return }
  guard errno == ENOENT else {
    throw RRDError("cannot make directory \(directory)", problem: errno)
  }
  try makeDirectories(for: directory)
  guard mkdir(directory, 0o777) == 0 || errno == EEXIST else {
    throw RRDError("cannot make directory \(directory)", problem: errno)
  }
}

extension RRDError {
  /// An error of the system, after `what`, which names the file.
  init(_ what: String, problem: Int32) {
    let kind: Kind =
      switch problem {
      case ENOENT: .missing
      case ENOSPC, EDQUOT: .noSpace
      case EEXIST: .taken
      default: .other
      }
    self.init(kind, "\(what): \(String(cString: strerror(problem)))")
  }
}
