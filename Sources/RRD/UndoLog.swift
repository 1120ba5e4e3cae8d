internal import CLinux
internal import CRRD
internal import Glibc

/// The headers of all files written since the last sync, as they were before, so that neither a kill nor a loss of power leaves
/// a wrong file.
///
/// librrd changes a file through a mapping, its header in several steps. A process that is killed between two of them leaves a
/// consolidation that is half done, and the same values given again are added to it. (Of 600 kills of a busy writer 79 left a file
/// half done, and 55 of these were wrong after the values were given again.) After a loss of power a file may have the header of
/// one moment and rows of another: the header says that rows are new, and they hold values of the ring's last turn.
///
/// Both are mended alike: the header of before is put back, and the journal, which keeps all values until their files are synced,
/// gives them again. Every row that was written since is then written once more. The headers are on the disk before the first
/// value is given to librrd, with one fdatasync for all files of a call.
///
/// The log has generations: a sync of the files begins the next one, and the ledger says, in the transaction that shortens the
/// journal, which generation its rows belong to. Two files are used alternately, so that the next generation does not overwrite one that the
/// ledger may still name.
final class UndoLog {
  private let path: String
  private var descriptor: Int32 = -1
  private var generation = 0
  /// Where the next entry goes.
  private var end = 0
  /// The files whose headers are in the log.
  private var kept: Set<String> = []
  /// The files made since the last sync. Theirs are no headers to go back to.
  private var made: Set<String> = []
  private var entries: [UInt8] = []

  /// A log beyond this protects no further files before the next sync.
  private static let largest = 512 << 20

  /// - Parameter path: the files are `path.0` and `path.1`, on the file system of the RRD files or another.
  init(_ path: String) { self.path = path }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func file(_ path: String, _ generation: Int) -> String {
    "\(path).\(generation & 1)"
  }

  /// Forgets all files: they are on the disk as they are.
  func begin(_ generation: Int) throws(RRDError) {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    kept.removeAll(keepingCapacity: true)
    made = []
    end = 0
    self.generation = generation
    let file = UndoLog.file(path, generation)
    let isNew = access(file, F_OK) != 0
    let opened = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard opened >= 0 else { throw RRDError("cannot open \(file)", problem: errno) }
    descriptor = opened
    guard write(UndoEntry.terminator), !isNew || syncName() else {
      throw RRDError("cannot write \(file)", problem: errno)
    }
  }

  /// Brings the name of a new log to the disk: what is synced in a file without a name is lost.
  private func syncName() -> Bool {
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
    let opened = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return false }
    defer { close(opened) }
    // Some file systems have no sync of folders.
    return fsync(opened) == 0 || errno == EINVAL
  }

  /// Whether headers are kept.
  var isOn: Bool { descriptor >= 0 }

  /// Whether the file was written since the last sync.
  func isUnsynced(_ path: String) -> Bool { kept.contains(path) }

  /// The file did not exist before. What it holds is in the journal.
  func noteMade(_ path: String) { if descriptor >= 0 { made.insert(path) } }

  /// Keeps the headers of files that are about to be written.
  func keep(_ paths: some Sequence<String>) throws(RRDError) {
    guard descriptor >= 0 else { return }
    entries.removeAll(keepingCapacity: true)
    var new: [String] = []
    for path in paths where !kept.contains(path) {
      guard end + entries.count < UndoLog.largest else { break }
      if UndoEntry.append(
        path, isMade: made.contains(path), generation: generation, to: &entries)
      {
        new.append(path)
      }
    }
    guard !new.isEmpty else { return }
    let count = entries.count
    entries += UndoEntry.terminator
    let file = UndoLog.file(path, generation)
    guard write(entries) else {
      throw RRDError("cannot write \(file)", problem: errno)
    }
    end += count
    kept.formUnion(new)
  }

  /// Writes at the end, to the disk.
  private func write(_ bytes: [UInt8]) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, bytes.count - done, off_t(end + done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return fdatasync(descriptor) == 0
  }

  /// Puts the files back that were written and not synced when a former process ended.
  /// - Parameters:
  ///   - generation: the one that the ledger names. Younger ones are put back too.
  ///   - newest: the newest time of a value in the journal. A file with newer values was written by another program since, and is
  ///     left alone.
  /// - Returns: how many files were put back, or removed because the journal has all that they held.
  func restore(generation: Int, newest: Int) throws(RRDError) -> Int {
    var seen: Set<String> = []
    var count = 0
    for number in [generation, generation &+ 1] {
      guard let bytes = UndoLog.read(UndoLog.file(path, number)) else { continue }
      defer { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress!), bytes.count) }
      var place = 0
      while let entry = UndoEntry(bytes, at: &place, generation: number) {
        // The first one is the oldest.
        guard seen.insert(entry.path).inserted else { continue }
        if try entry.apply(newest: newest) { count += 1 }
      }
    }
    return count
  }

  private static func read(_ file: String) -> UnsafeRawBufferPointer? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    return UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
  }
}
