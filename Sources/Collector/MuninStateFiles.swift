internal import EventLoop
internal import Glibc

/// Writes files of munin's in the data folder, on a thread of its own: they may be large, and the disk may be slow.
actor MuninStateFiles {
  private let executor = ThreadExecutor(label: "datafile")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let folder: String

  init(folder: String) { self.folder = folder }

  /// The munin that has written the `datafile` that is there, else the last of its line: another version makes munin-update
  /// set the limits of all files anew.
  private var version: String {
    let standard = "2.0.73"
    guard let handle = fopen("\(folder)/datafile", "re") else { return standard }
    defer { fclose(handle) }
    var buffer = [CChar](repeating: 0, count: 128)
    guard fgets(&buffer, 128, handle) != nil else { return standard }
    let line = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    let words = line.split(whereSeparator: \.isWhitespace)
    return words.count == 2 && words[0] == "version" ? String(words[1]) : standard
  }

  /// Writes `datafile` and `datafile.storable`.
  func write(
    _ contents: @Sendable (_ version: String) -> DatafileContents
  ) throws(FileReplacementFailure) {
    let contents = contents(version)
    try replaceFile("\(folder)/datafile") { put throws(FileReplacementFailure) in
      try contents.writeText(put)
    }
    try replaceFile("\(folder)/datafile.storable") { put throws(FileReplacementFailure) in
      try contents.writeTree(put)
    }
  }

  /// Writes a file that is small.
  func write(_ text: String, to name: String) throws(FileReplacementFailure) {
    try replaceFile("\(folder)/\(name)") { put throws(FileReplacementFailure) in
      try put(Array(text.utf8))
    }
  }
}

/// A file could not be replaced.
struct FileReplacementFailure: Error, CustomStringConvertible {
  let description: String
}

/// Writes a file under another name, brings it to the disk and renames it: who reads it has the old one or the new one, whole.
/// - Parameter write: gets what writes a piece.
private func replaceFile(
  _ path: String,
  _ write: (
    _ put: ([UInt8]) throws(FileReplacementFailure) -> Void
  ) throws(FileReplacementFailure) -> Void
) throws(FileReplacementFailure) {
  func failure() -> FileReplacementFailure {
    FileReplacementFailure(description: "cannot write \(path): \(String(cString: strerror(errno)))")
  }
  let new = "\(path).apus-new"
  // What a killed process has left of it.
  unlink(new)
  guard let handle = fopen(new, "wxe") else { throw failure() }
  var isClosed = false
  defer {
    if !isClosed { fclose(handle) }
    unlink(new)
  }
  try write { bytes throws(FileReplacementFailure) in
    guard fwrite(bytes, 1, bytes.count, handle) == bytes.count else { throw failure() }
  }
  guard fflush(handle) == 0, fsync(fileno(handle)) == 0 else { throw failure() }
  isClosed = true
  guard fclose(handle) == 0, rename(new, path) == 0 else { throw failure() }
}
