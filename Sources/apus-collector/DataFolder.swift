internal import Daemon
internal import EventLoop
internal import Glibc
internal import Terminal

/// The folder that holds everything, and the right to write there alone.
struct DataFolder {
  let path: String
  private let lock: Int32

  /// Makes the folder where it is missing, and takes its lock.
  init(_ path: String) throws(DataFolderError) {
    self.path = path
    do throws(IOError) {
      try OwnedFolder.make(path)
    } catch {
      throw DataFolderError("dbdir: \(error)")
    }
    let file = "\(path)/apus-collector.lock"
    // Kept open, and so locked, to the end of the process; the kernel lets go whatever that end is.
    guard let handle = fopen(file, "a+e") else {
      throw DataFolderError("cannot open \(file): \(String(cString: strerror(errno)))")
    }
    lock = fileno(handle)
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      throw DataFolderError(
        "\(path) is in use by another apus-collector\(DataFolder.owner(of: handle)): "
          + "one of them has to end, or use another dbdir")
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

  /// Where states, plugins' descriptions and waiting mails are.
  var ledger: String { "\(path)/apus.sqlite" }
}

/// The data folder cannot be used.
struct DataFolderError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
