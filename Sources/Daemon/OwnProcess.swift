internal import CLinux
internal import Glibc

/// What this process was given when it was started.
public enum OwnProcess {
  /// The environment, `NAME=VALUE`.
  public static var environment: [String] {
    var values: [String] = []
    var next = environ
    while let entry = next.pointee {
      values.append(String(cString: entry))
      next += 1
    }
    return values
  }

  /// The path of the executable, links followed; `nil` when it is gone.
  ///
  /// Without /proc (a chroot) it is what the kernel was told to execute.
  public static let executable: String? =
    realPath("/proc/self/exe") ?? clinux_executable().flatMap { realPath(String(cString: $0)) }

  /// A path with all links followed; `nil` when there is nothing.
  public static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
