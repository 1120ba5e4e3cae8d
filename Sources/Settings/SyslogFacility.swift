/// The part of the system that a line in syslog is about.
public enum SyslogFacility: String, Sendable, Hashable, CaseIterable {
  case user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp
  case local0, local1, local2, local3, local4, local5, local6, local7

  /// syslog's number.
  public var code: Int {
    switch self {
    case .user: 1
    case .mail: 2
    case .daemon: 3
    case .auth: 4
    case .syslog: 5
    case .lpr: 6
    case .news: 7
    case .uucp: 8
    case .cron: 9
    case .authpriv: 10
    case .ftp: 11
    case .local0: 16
    case .local1: 17
    case .local2: 18
    case .local3: 19
    case .local4: 20
    case .local5: 21
    case .local6: 22
    case .local7: 23
    }
  }
}

extension SyslogFacility {
  /// `daemon`; Perl's libraries, and so settings of munin-node, also take `LOG_DAEMON`.
  init?(setting text: String) {
    let word = text.lowercased()
    self.init(rawValue: word.hasPrefix("log_") ? String(word.dropFirst(4)) : word)
  }
}

extension Directive {
  func facility() throws(SettingFinding) -> SyslogFacility {
    guard let facility = SyslogFacility(setting: value) else {
      let names = SyslogFacility.allCases.map(\.rawValue).filter { !$0.hasPrefix("local") }
      throw expected(names.joined(separator: ", ") + " or local0 to local7")
    }
    return facility
  }
}
