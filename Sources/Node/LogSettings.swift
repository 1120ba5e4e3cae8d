public import Logbook
public import Settings

extension NodeSettings {
  /// Where the log goes, as `log_file` and the words for syslog say.
  public var logDestination: Logbook.Destination {
    guard let logFile else { return .standardError }
    return logsToSyslog
      ? .syslog(identity: syslogIdentity, facility: syslogFacility.code) : .file(logFile)
  }

  /// The least important lines that are written: `log_level`.
  public var logSeverity: Logbook.Severity { Logbook.Severity(rawValue: logLevel) ?? .notice }
}
