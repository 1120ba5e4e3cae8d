internal import EventLoop
internal import Glibc
internal import MuninWire
internal import Patterns

/// The files of a service directory that may be run as plugins.
struct ServiceDirectory: Sendable {
  var path: String
  var ignored: [Pattern]

  /// The names of the runnable files, in byte order.
  /// - Throws: ``IOError`` when the directory cannot be read.
  func names() throws(IOError) -> [String] {
    guard let directory = opendir(path) else {
      throw .system(call: "open", subject: path, code: errno)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if isRunnable(name) { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func isRunnable(_ name: String) -> Bool {
    !isIgnored(name) && reasonForLeavingOut(name) == nil
  }

  /// Whether a name is one of those that are never plugins: hidden files, `*.conf`, `ignore_file`.
  func isIgnored(_ name: String) -> Bool {
    name.hasPrefix(".") || name.hasSuffix(".conf") || ignored.contains { $0.matches(name) }
  }

  /// Why a file is not offered as a plugin, in words that follow `not offered, `; `nil` where it is.
  func reasonForLeavingOut(_ name: String) -> String? {
    guard isServiceName(name) else {
      return "its name has other characters than letters, digits and _-@.:"
    }
    var status = stat()
    let file = "\(path)/\(name)"
    guard stat(file, &status) == 0 else {
      return errno == ENOENT
        ? "a link whose target does not exist" : String(cString: strerror(errno))
    }
    if status.st_mode & S_IFMT != S_IFREG { return "it is not a regular file" }
    return access(file, X_OK) == 0 ? nil : "it is not executable"
  }

  /// The path of a name with all links followed; `nil` when there is no such file.
  func target(of name: String) -> String? {
    guard let resolved = realpath("\(path)/\(name)", nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
