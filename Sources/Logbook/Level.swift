extension Logbook {
  /// How much a line matters; the numbers are those of `log_level` in munin-node.conf.
  public enum Level: Int, Comparable, Sendable, CaseIterable {
    /// Something does not work until somebody mends it.
    case failure
    /// Something is odd, and all goes on.
    case warning
    /// A change of state; what is told when nobody asks for more or less.
    case notice
    /// What happens when all is well: a connection.
    case info
    /// Everything.
    case debug

    /// syslog's number: `err` to `debug`.
    var priority: Int { rawValue + 3 }

    public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }
  }

  /// Where lines go.
  public enum Destination: Hashable, Sendable {
    /// With time stamps, except to systemd's journal, which has its own and is told each line's level.
    case standardError
    /// A file to append to. It is opened anew when it was rotated away.
    case file(String)
    /// The system's log; what that does not take goes to stderr.
    /// - Parameters:
    ///   - facility: syslog's number, as 3 for `daemon`.
    ///   - socket: where it listens.
    case syslog(identity: String, facility: Int, socket: String = "/dev/log")
  }
}
