internal import CRRD
internal import Daemon
internal import EventLoop
internal import Glibc
internal import MuninWire

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
    // Another program made the file meanwhile: its file has the history.
    guard problem == 0 || problem == EEXIST else {
      throw RRDError("cannot create \(path)", problem: problem)
    }
  }

  private func make(_ unfinished: String, start: Int) throws(RRDError) {
    let arguments = CArguments(spec.createArguments)
    let result = arguments.withConstants {
      rrd_create_r2(
        unfinished, UInt(max(1, spec.step)), start, 0, nil, nil, arguments.count, $0)
    }
    guard result != 0 else { return }
    let words = String(cString: rrd_get_error())
    rrd_clear_error()
    guard words.isEmpty || words.hasPrefix("Cannot") else {
      throw RRDError(.refused, "cannot create \(path): \(words)")
    }
    throw RRDError("cannot create \(path)", problem: reason(unfinished))
  }

  /// Why librrd could not write: it says nothing on a full disk, and clears away errno with its own
  /// temporary file. The same is tried once more to learn it.
  private func reason(_ unfinished: String) -> Int32 {
    let file = open(unfinished, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { return errno }
    defer {
      close(file)
      unlink(unfinished)
    }
    let header = 8192
    let size = spec.archives.reduce(header) { $0 + 3 * 8 * $1.rows }
    let problem = posix_fallocate(file, 0, size)
    return problem == 0 ? EIO : problem
  }
}

/// Makes the directories of a file, as munin does: mode 0777 and the umask.
func makeDirectories(for path: String) throws(RRDError) {
  guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
  let directory = String(path[..<slash])
  do throws(IOError) {
    try OwnedFolder.make(directory, mode: 0o777)
  } catch {
    guard case .system(_, let folder, let code) = error else { throw RRDError(.other, "\(error)") }
    throw RRDError("cannot make directory \(folder)", problem: code)
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
