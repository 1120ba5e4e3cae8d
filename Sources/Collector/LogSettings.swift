public import Logbook
public import Settings

extension MasterSettings {
  /// Where the log goes, as `log_file` and the words for syslog say.
  public var logDestination: Logbook.Destination {
    guard let logFile else { return .standardError }
    return logsToSyslog
      ? .syslog(identity: syslogIdentity, facility: syslogFacility.code) : .file(logFile)
  }

  /// Which lines are logged, as `log_level` says.
  public var logThreshold: Logbook.Severity { Logbook.Severity(rawValue: logLevel) ?? .notice }
}
