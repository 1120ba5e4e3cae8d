internal import Daemon
internal import EventLoop
internal import Glibc

/// The folder that holds everything a collector keeps, and the right to write there alone.
public struct DataFolder: Sendable {
  public let path: String

  /// Makes the folder where it is missing, and takes its lock for as long as the process lives.
  public init(_ path: String) throws(DataFolderError) {
    self.path = path
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

  private static func owner(of handle: UnsafeMutablePointer<FILE>) -> String {
    var buffer = [CChar](repeating: 0, count: 16)
    rewind(handle)
    guard fgets(&buffer, 16, handle) != nil else { return "" }
    let text = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    return Int(text.split(separator: "\n").first ?? "").map { " (pid \($0))" } ?? ""
  }

  /// Where states, configs and waiting mails are.
  public var ledger: String { "\(path)/apus.sqlite" }

  /// Where the headers of files are kept that are being written; see ``RRDWriter``.
  public var undo: String { "\(path)/apus-collector.undo" }
}

/// The data folder cannot be used.
public struct DataFolderError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
