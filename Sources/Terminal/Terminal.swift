internal import Glibc

/// How a program ends.
public enum ExitCode {
  public static let done: Int32 = 0
  public static let failed: Int32 = 1
  /// Wrong usage, or settings with problems: nothing was started.
  public static let wrongUsage: Int32 = 2
}

/// Text for people at a terminal.
public enum Terminal {
  /// Prints to stdout at once: what reads us may be waiting.
  public static func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    write(bytes, to: 1)
  }

  /// Prints a complaint to stderr, behind the program's name.
  public static func complain(_ text: String, program: String) {
    write(Array("\(program): \(text)\n".utf8), to: 2)
  }

  /// Prints what a command has for stdout and for stderr, as it is.
  public static func print(_ output: String, _ errors: String) {
    write(Array(output.utf8), to: 1)
    write(Array(errors.utf8), to: 2)
  }

  /// Prints to stdout as it is.
  /// - Returns: whether all of it could be written; `errno` says why not.
  public static func write(_ text: String) -> Bool { write(Array(text.utf8), to: 1) }

  @discardableResult
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + sent, $0.count - sent)
      }
      if count < 0, errno != EINTR { return false }
      sent += max(count, 0)
    }
    return true
  }

  /// A colour for a word on a terminal.
  public enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 34
  }

  /// The text in a colour, where stdout is a terminal and `NO_COLOR` (no-color.org) is not set.
  public static func paint(_ text: String, _ colour: Colour) -> String {
    let wanted = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    return wanted && isatty(1) == 1 ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Reads a whole file of settings.
  /// - Returns: its bytes, or the C library's words for why not.
  public static func read(_ path: String, limit: Int = 4 << 20) -> Result<[UInt8], FileFailure> {
    guard let file = fopen(path, "re") else {
      return .failure(FileFailure(path: path, code: errno))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes += chunk[..<count]
      // Half of a file of settings would be other settings.
      guard bytes.count <= limit else { return .failure(FileFailure(path: path, code: EFBIG)) }
    }
    if ferror(file) != 0 { return .failure(FileFailure(path: path, code: errno)) }
    return .success(bytes)
  }

  /// Reads a whole file that was found in a folder. Anything but a regular file is refused without a wait: a FIFO may
  /// have no writer, a device no end.
  /// - Returns: its bytes, or why not.
  public static func readRegular(
    _ path: String, limit: Int = 4 << 20
  ) -> Result<[UInt8], FileFailure> {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return .failure(FileFailure(path: path, code: errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      return .failure(FileFailure(path: path, code: errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = kind(ofMode: status.st_mode)
      return .failure(FileFailure(path: path, reason: "expected a regular file, found \(kind)"))
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return .failure(FileFailure(path: path, code: errno)) }
      if count == 0 { return .success(bytes) }
      bytes += chunk[..<count]
    }
    return .failure(FileFailure(path: path, reason: "expected at most \(limit) bytes, found more"))
  }

  /// What a file is, by its mode: `a folder`, `a FIFO`.
  public static func kind(ofMode mode: UInt32) -> String {
    switch mode & S_IFMT {
    case S_IFREG: "a regular file"
    case S_IFDIR: "a folder"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFLNK: "a symbolic link"
    default: "a device"
    }
  }

  /// The names of the files in a folder, in byte order; `nil` when it cannot be read.
  public static func files(in folder: String) -> [String]? {
    names(in: folder)?.filter { name in
      var status = stat()
      return stat("\(folder)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
  }

  /// The names of all that is in a folder, in byte order; `nil` when it cannot be read.
  public static func names(in folder: String) -> [String]? {
    guard let directory = opendir(folder) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// A file could not be read.
public struct FileFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  /// Why, in words.
  public let reason: String

  public init(path: String, code: Int32) {
    self.init(path: path, reason: String(cString: strerror(code)))
  }

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "cannot open \(path): \(reason)" }
}
