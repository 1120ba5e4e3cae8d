/// A program to run as a child process, and what it is given.
public struct ChildProgram: Sendable {
  /// The executable's path.
  public var path: String
  /// The arguments after argv[0].
  public var arguments: [String]
  /// `NAME=VALUE`, the whole environment.
  public var environment: [String]
  /// The working directory.
  public var directory: String
  /// argv[0]; the path when `nil`.
  public var name: String?
  /// The user and the groups that the child gets before it runs; this process's own when `nil`.
  public var credentials: Credentials?
  /// The permissions that new files of the child do not get (umask); munin-node's by default.
  public var mask: UInt32 = 0o002

  /// A user with all its groups, by their numbers.
  public struct Credentials: Hashable, Sendable {
    public var user: UInt32
    /// The primary group.
    public var group: UInt32
    /// All groups, the primary one among them.
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

extension ChildProgram {
  /// A command line for `/bin/sh -c`, with the usual umask.
  public static func shell(_ command: String, environment: [String]) -> ChildProgram {
    var program = ChildProgram(
      path: "/bin/sh", arguments: ["-c", command], environment: environment, name: "sh")
    program.mask = 0o022
    return program
  }
}
