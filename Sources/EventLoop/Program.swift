internal import CLinux
internal import Glibc

/// A program to run as a child.
public struct Program: Sendable {
  /// The executable's path.
  public var path: String
  /// The arguments after argv[0].
  public var arguments: [String]
  /// `NAME=VALUE`, the whole environment.
  public var environment: [String]
  /// The working directory.
  public var directory: String
  /// What the child calls itself, argv[0]; the path when `nil`.
  public var name: String?
  /// Whom the child becomes before it runs; this process's own user and groups when `nil`.
  public var credentials: Credentials?

  /// A user with all its groups, by their numbers.
  public struct Credentials: Hashable, Sendable {
    public var user: UInt32
    /// The primary group.
    public var group: UInt32
    /// All groups that count, the primary one among them.
    public var groups: [UInt32]

    public init(user: UInt32, group: UInt32, groups: [UInt32]) {
      self.user = user
      self.group = group
      self.groups = groups
    }
  }

  public init(
    path: String, arguments: [String] = [], environment: [String] = [], directory: String = "/",
    name: String? = nil
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.name = name
  }
}

/// A child could not be started.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The program's path.
  public let path: String
  /// The system call that failed.
  public let step: String
  public let code: Int32

  public var description: String { "cannot run \(path): \(step): \(IOError.words(for: code))" }
}

/// How a child ended.
public enum Ending: Hashable, Sendable, CustomStringConvertible {
  case exit(Int32)
  case signal(Int32)

  public var description: String {
    switch self {
    case .exit(let status): "exit status \(status)"
    case .signal(let number): "signal \(number)"
    }
  }
}

extension Program {
  /// Turns this process into the program, under its present user.
  /// - Returns: only when that fails.
  public func replaceThisProcess() -> SpawnError {
    withPointers(to: [name ?? path] + arguments) { argv in
      withPointers(to: environment) { envp in
        // The daemon's parts want no signal for a broken pipe; a plugin expects the usual.
        signal(SIGPIPE, SIG_DFL)
        _ = execve(path, argv, envp)
      }
    }
    let code = errno
    if code == ENOEXEC {
      // A script without #! is the shell's, as for execvp(3).
      withPointers(to: ["/bin/sh", path] + arguments) { argv in
        withPointers(to: environment) { envp in _ = execve("/bin/sh", argv, envp) }
      }
    }
    return SpawnError(path: path, step: "execve", code: code)
  }

  /// Starts the program with the given descriptors as stdin (-1: /dev/null), stdout and stderr.
  func start(input: Int32, output: Int32, errors: Int32) throws(SpawnError) -> (
    pid: Int32, pidfd: Int32
  ) {
    var pid: Int32 = -1
    var pidfd: Int32 = -1
    var step: UnsafePointer<CChar>?
    let code = withPointers(to: [name ?? path] + arguments) { argv in
      withPointers(to: environment) { envp in
        path.withCString { path in
          directory.withCString { directory in
            var program = clinux_program()
            program.path = path
            program.arguments = argv
            program.environment = envp
            program.directory = directory
            program.input = input
            program.output = output
            program.errors = errors
            program.mask = 0o002  // munin-node's
            guard let credentials else { return clinux_spawn(&program, &pid, &pidfd, &step) }
            return credentials.groups.withUnsafeBufferPointer { groups in
              program.change_credentials = 1
              program.user = credentials.user
              program.group = credentials.group
              program.groups = groups.baseAddress
              program.group_count = groups.count
              return clinux_spawn(&program, &pid, &pidfd, &step)
            }
          }
        }
      }
    }
    guard code == 0 else {
      throw SpawnError(path: path, step: step.map { String(cString: $0) } ?? "clone", code: code)
    }
    return (pid, pidfd)
  }
}

/// Lends a NULL-terminated array of C strings.
private func withPointers<Result>(
  to texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let copies = texts.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
}
