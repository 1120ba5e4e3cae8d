internal import MuninWire

extension MasterSettings {
  /// Applies the directives of the top level. Their values have been checked when they were read.
  mutating func applyGlobals() {
    func directive(_ word: String) -> Directive? { tree.own(word, at: SettingPath()) }
    func text(_ word: String) -> String? { directive(word)?.value }
    func number(_ word: String) -> Int? { text(word).flatMap { wholeNumber($0) } }
    databaseDirectory = text("dbdir") ?? databaseDirectory
    updateRate = directive("update_rate").flatMap { try? $0.updateRate() } ?? updateRate
    graphDataSize = text("graph_data_size").flatMap(RoundRobinLayout.init) ?? graphDataSize
    datafile = text("datafile").flatMap(Directive.flag)
    runDirectory = text("rundir") ?? runDirectory
    rrdWrite = text("rrd_write").flatMap(RRDWriting.init) ?? rrdWrite
    journalSync = number("journal_sync") ?? journalSync
    rrdcachedSocket = text("rrdcached_socket")
    configEvery = number("config_every") ?? configEvery
    if let listen = text("web_listen") { webListen = HostPort(listen) }
    webURL = text("web_url").flatMap(WebAddress.init)
    mail = MailSettings(directive)
    groupWait = directive("group_wait").flatMap { try? $0.shortDuration() } ?? groupWait
    ownContacts = text("own_contacts")?.words()
    heartbeatCall = directive("heartbeat_url").flatMap { try? $0.heartbeatCall() }
    heartbeatMail = directive("heartbeat_mail").flatMap { try? $0.heartbeatMail() }
    connectTimeout = number("timeout") ?? connectTimeout
    nodeTimeout = number("timeout_fetch_one_node") ?? nodeTimeout
    logFile = directive("log_file").flatMap { try? $0.logFile() }
    logLevel = number("log_level") ?? logLevel
    syslogIdentity = text("syslog_ident") ?? syslogIdentity
    syslogFacility = directive("syslog_facility").flatMap { try? $0.facility() } ?? syslogFacility
    pidFile = text("pid_file")
  }

  /// munin's first way to write to nagios, in three directives of its own.
  var oldNagios: Contact? {
    func text(_ word: String) -> String? { tree.own(word, at: SettingPath())?.value }
    guard let program = text("nsca") else { return nil }
    let server = text("nsca_server").map { " \($0)" } ?? ""
    let configuration = text("nsca_config").map { " -c \($0)" } ?? ""
    var contact = Contact(
      name: "old-nagios", command: "\(program)\(server)\(configuration) -to 60")
    contact.alwaysSend = [.critical, .warning]
    return contact
  }
}

extension MailSettings {
  /// - Parameter directive: what the top level says, checked.
  init(_ directive: (String) -> Directive?) {
    func text(_ word: String) -> String? { directive(word)?.value }
    servers = directive("smtp_server").flatMap { try? $0.mailServers() } ?? []
    user = text("smtp_user")
    passwordFile = text("smtp_password_file")
    setEncryption = directive("smtp_tls").flatMap { try? $0.choice(MailEncryption.self) }
    caFile = text("smtp_ca_file")
    from = text("smtp_from")
    envelopeFrom = text("smtp_envelope_from")
    hello = text("smtp_hello")
    sendmail = text("sendmail")
  }
}
