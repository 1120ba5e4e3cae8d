internal import Glibc
internal import Terminal

/// The folder that holds everything, and the right to write there alone.
struct DataFolder {
  let path: String
  private let lock: Int32

  /// Makes the folder where it is missing, and takes its lock.
  init(_ path: String) throws(DataFolderError) {
    self.path = path
    var partial = ""
    for part in path.split(separator: "/") {
      partial += "/\(part)"
      if mkdir(partial, 0o777) != 0, errno != EEXIST {
        let code = errno
        if access(partial, F_OK) == 0 { continue }
        throw DataFolderError("cannot create \(partial): \(String(cString: strerror(code)))")
      }
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
