internal import Daemon
internal import EventLoop
internal import Glibc

/// The folder that holds everything a collector keeps, and the right to write there alone.
public struct DataFolder: Sendable {
  public let path: String

  /// Makes the folder where it is missing, and takes its lock for as long as the process lives.
  /// - Parameter muninLocks: munin's `rundir`: its programs that write in the folder must not run at the same time. `nil` to not look.
  /// - Throws: ``DataFolderError`` also where files in the folder belong to another user and cannot be written.
  public init(_ path: String, muninLocks: String? = nil) throws(DataFolderError) {
    self.path = path
    if let trouble = muninLocks.flatMap(DataFolder.muninAtWork) { throw DataFolderError(trouble) }
    try FolderOwner.check(path)
    do throws(IOError) { try OwnedFolder.make(path, mode: 0o777) } catch {
      throw DataFolderError("dbdir: \(error)")
    }
    let file = "\(path)/apus-collector.lock"
    // Kept open, and so locked, to the end of the process; the kernel lets go whatever that end is.
    guard let handle = fopen(file, "a+e") else {
      throw DataFolderError("open \(file): \(String(cString: strerror(errno)))")
    }
    let lock = fileno(handle)
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let owner = DataFolder.owner(of: handle)
      fclose(handle)
      throw DataFolderError(
        "\(path) is in use by another apus-collector\(owner): end it, or set another dbdir")
    }
    ftruncate(lock, 0)
    let text = "\(getpid())\n"
    _ = write(lock, text, text.utf8.count)
  }

  /// The collector that is running in a folder, `apus-collector (pid 812)`; `nil` when none is.
  public static func runningCollector(in path: String) -> String? {
    ForeignLock.holder(of: "\(path)/apus-collector.lock")
  }

  /// Which of munin's programs that write in `dbdir` is running, and what to do about it; `nil` when none is.
  public static func muninAtWork(locks folder: String) -> String? {
    for name in ["munin-update.lock", "munin-datafile.lock"] {
      let path = "\(folder)/\(name)"
      guard let holder = ForeignLock.holder(of: path) else { continue }
      return "\(path): held by \(holder): munin writes the same files; disable its cron job "
        + "(/etc/cron.d/munin), and start apus-collector when that process has ended"
    }
    return nil
  }

  private static func owner(of handle: UnsafeMutablePointer<FILE>) -> String {
    var buffer = [CChar](repeating: 0, count: 16)
    rewind(handle)
    guard fgets(&buffer, 16, handle) != nil else { return "" }
    let text = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    return Int(text.split(separator: "\n").first ?? "").map { " (pid \($0))" } ?? ""
  }

  /// Where states, configs and waiting mails are.
  public var ledger: String { "\(path)/apus.sqlite" }

  /// Keeps users of other groups from reading the ledger: a key is in it. Its owner's group may read it, for checks by Nagios.
  /// - Returns: why they still can; `nil` when they cannot.
  public func hideLedger() -> String? {
    for path in [ledger, "\(ledger)-wal", "\(ledger)-shm"] {
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & 0o007 != 0 else { continue }
      guard chmod(path, status.st_mode & 0o770) == 0 else {
        return "\(path) can be read by every user (chmod: \(String(cString: strerror(errno))))"
      }
    }
    return nil
  }

  /// Where the headers of files are kept that are being written; see ``RRDWriter``.
  public var undo: String { "\(path)/apus-collector.undo" }
}

/// The data folder cannot be used.
public struct DataFolderError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
