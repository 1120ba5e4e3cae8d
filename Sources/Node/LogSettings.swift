public import Logbook
public import Settings

extension NodeSettings {
  /// Where the log goes, as `log_file` and the words for syslog say.
  public var logDestination: Logbook.Destination {
    guard let logFile else { return .standardError }
    return logsToSyslog
      ? .syslog(identity: syslogIdentity, facility: syslogFacility.code) : .file(logFile)
  }

  /// What is told, as `log_level` says.
  public var logThreshold: Logbook.Level { Logbook.Level(rawValue: logLevel) ?? .notice }
}
