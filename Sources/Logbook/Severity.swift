extension Logbook {
  /// How important a line is. The raw values are the numbers of `log_level` in munin-node.conf.
  public enum Severity: Int, Comparable, Sendable, CaseIterable {
    /// Something does not work until somebody repairs it.
    case failure
    /// Something is wrong, and the program works all the same.
    case warning
    /// A change of state. The default: lines up to this severity are written.
    case notice
    /// An event of normal operation, such as a connection.
    case info
    /// Everything.
    case debug

    /// syslog's number: `err` to `debug`.
    var priority: Int { rawValue + 3 }

    public static func < (one: Severity, other: Severity) -> Bool { one.rawValue < other.rawValue }
  }
}
