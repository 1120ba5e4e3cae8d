extension Logbook {
  /// Where lines go.
  public enum Destination: Hashable, Sendable {
    /// stderr. Each line has a time stamp, except in systemd's journal, which adds its own and gets the line's
    /// severity.
    case standardError
    /// A file to append to. After log rotation the new file is opened.
    case file(String)
    /// The system's log. A line that it does not accept goes to stderr.
    /// - Parameters:
    ///   - facility: syslog's number, for example 3 for `daemon`.
    ///   - socket: the path at which syslog listens.
    case syslog(identity: String, facility: Int, socket: String = "/dev/log")
  }
}
