import Settings
import TestSupport
import Testing

@Suite struct NodeSettingsTests {
  private func parse(
    _ text: String
  ) -> (settings: NodeSettings, problems: [String], warnings: [String]) {
    let parsed = NodeSettings.parse(SettingsFile(name: "n.conf", text: text))
    return (
      parsed.settings, parsed.problems.map(\.description), parsed.warnings.map(\.description)
    )
  }

  @Test func withoutFileOnlyThisMachineIsServed() {
    let settings = NodeSettings()
    #expect(settings.endpoints == [HostPort(host: "127.0.0.1", port: 4949)])
    #expect(settings.access == AccessRule.loopbackOnly)
    #expect(settings.isLoopbackOnly)
  }

  @Test func emptyFileListensEverywhereAsMuninDoes() {
    let (settings, problems, warnings) = parse("# nothing\n\n")
    #expect(settings.endpoints == [HostPort(host: "*", port: 4949)])
    #expect(settings.access.isEmpty)
    #expect(settings.timeout == 60 && settings.globalTimeout == 900)
    #expect(problems.isEmpty)
    #expect(warnings == ["n.conf: no allow or deny line: everybody may ask"])
  }

  @Test func debiansFileIsUnderstood() {
    let (settings, problems, warnings) = parse(
      ##"""
      log_level 4
      log_file /var/log/munin/munin-node.log
      pid_file /var/run/munin/munin-node.pid
      background 1
      setsid 1
      user root
      group root
      ignore_file [\#~]$
      ignore_file \.dpkg-(tmp|new|old|dist)$
      #host_name localhost.localdomain
      allow ^127\.0\.0\.1$
      cidr_deny 192.0.2.0/24   # a guest
      host 127.0.0.1
      port 4949
      """##)
    #expect(problems.isEmpty && warnings.isEmpty)
    #expect(settings.logLevel == 4 && settings.background && settings.setsid)
    #expect(settings.user == "root" && settings.group == "root")
    #expect(settings.ignorePatterns.map(\.text) == ["[#~]$", #"\.dpkg-(tmp|new|old|dist)$"#])
    #expect(settings.hostName == nil)
    #expect(
      settings.access == [
        AccessRule(.allow, .pattern(#"^127\.0\.0\.1$"#), file: "n.conf", line: 11),
        AccessRule(.deny, .block(AddressBlock("192.0.2.0/24")!), file: "n.conf", line: 12),
      ])
  }

  @Test func everyDirectiveIsTaken() {
    let (settings, problems, warnings) = parse(
      """
      host [::1]
      host 192.0.2.1
      port 4950
      proto tcp
      ipv *
      listen 64
      hostname web01.example.com
      reverse_lookups yes
      double_reverse_lookups TRUE
      cidr_allow 10.0.0.0/8
      deny 10.1.*
      chroot /srv
      log_file Sys::Syslog
      syslog_ident node
      syslog_facility local0
      syslog_logsock unix
      syslog_logopt pid
      max_servers 9
      check_for_dead 30
      timeout 20
      global_timeout 100
      paranoia on
      default_client_user someone
      default_plugin_group some
      spooldir /var/lib/spool
      tls paranoid
      tls_private_key /k
      tls_certificate /c
      tls_ca_certificate /ca
      tls_verify_certificate yes
      tls_verify_depth 3
      tls_match CN=x
      stock_plugins script
      """)
    #expect(problems.isEmpty)
    #expect(
      warnings
        == [
          (4, "proto"), (5, "ipv"), (12, "chroot"), (16, "syslog_logsock"), (17, "syslog_logopt"),
          (19, "check_for_dead"), (25, "spooldir"),
        ].map {
          "n.conf:\($0.0): \($0.1): no effect: it is about munin-node's own server library"
        })
    #expect(settings.endpoints.map(\.description) == ["[::1]:4950", "192.0.2.1:4950"])
    #expect(settings.listenBacklog == 64 && settings.hostName == "web01.example.com")
    #expect(settings.reverseLookups && settings.doubleReverseLookups && settings.paranoia)
    #expect(settings.access.map(\.verdict) == [.allow, .deny])
    #expect(settings.logsToSyslog)
    #expect(settings.syslogIdentity == "node" && settings.syslogFacility == .local0)
    #expect(settings.maxServers == 9 && settings.timeout == 20 && settings.globalTimeout == 100)
    #expect(settings.defaultPluginUser == "someone" && settings.defaultPluginGroup == "some")
    #expect(settings.stockPlugins == .script && NodeSettings().stockPlugins == .builtIn)
    #expect(settings.tls.mode == .paranoid && settings.tls.privateKey == "/k")
    #expect(settings.tls.certificate == "/c" && settings.tls.caCertificate == "/ca")
    #expect(settings.tls.verifyCertificate && settings.tls.verifyDepth == 3)
    #expect(settings.tls.match == PatternSetting(text: "CN=x", file: "n.conf", line: 32))
  }

  @Test(arguments: [
    ("port often", "n.conf:1: port: expected a port from 0 to 65535, found 'often'"),
    ("port 65536", "n.conf:1: port: expected a port from 0 to 65535, found '65536'"),
    ("port -1", "n.conf:1: port: expected a port from 0 to 65535, found '-1'"),
    ("timeout 1m", "n.conf:1: timeout: expected seconds from 1 to 604800, found '1m'"),
    ("timeout 0", "n.conf:1: timeout: expected seconds from 1 to 604800, found '0'"),
    (
      "timeout 99999999999999999999",
      "n.conf:1: timeout: expected seconds from 1 to 604800, found '99999999999999999999'"
    ),
    ("paranoia maybe", "n.conf:1: paranoia: expected yes or no, found 'maybe'"),
    ("tls always", "n.conf:1: tls: expected disabled, auto, enabled, paranoid, found 'always'"),
    (
      "cidr_allow 10.0.0.1",
      "n.conf:1: cidr_allow: expected a network such as 10.0.0.0/8, found '10.0.0.1'"
    ),
    (
      "host a b",
      "n.conf:1: host: expected an address, a name, the path of a unix socket or *, found 'a b'"
    ),
    ("host_name a;b", "n.conf:1: host_name: expected a host name, found 'a;b'"),
    ("log_file log", "n.conf:1: log_file: expected an absolute path, found 'log'"),
    (
      "syslog_facility deamon",
      "n.conf:1: syslog_facility: expected user, mail, daemon, auth, syslog, lpr, news, uucp, cron, "
        + "authpriv, ftp or local0 to local7, found 'deamon'"
    ),
    ("stock_plugins own", "n.conf:1: stock_plugins: expected builtin, script, found 'own'"),
    ("log_level 5", "n.conf:1: log_level: expected a level from 0 to 4, found '5'"),
    ("allow", "n.conf:1: expected 'name value', found 'allow'"),
    ("[section]", "n.conf:1: expected 'name value', found '[section]'"),
    ("log-level 3", "n.conf:1: expected 'name value', found 'log-level 3'"),
    ("user a\u{0}b", "n.conf:1: expected text, found the control byte 0"),
  ])
  func aWrongLineIsLocated(line: String, problem: String) {
    #expect(parse(line).problems == [problem])
  }

  @Test(arguments: [
    ("daemon", 3), ("LOG_DAEMON", 3), ("Local7", 23), ("authpriv", 10), ("ftp", 11), ("user", 1),
  ])
  func aFacilityIsOneOfSyslog(name: String, code: Int) {
    let (settings, problems, _) = parse("syslog_facility \(name)")
    #expect(problems.isEmpty && settings.syslogFacility.code == code)
  }

  @Test func allProblemsAreToldAtOnce() {
    let (settings, problems, _) = parse("timeout x\n\nport y\nallow ^::1$\nlog_level z\n")
    #expect(problems.map { $0.prefix(8) } == ["n.conf:1", "n.conf:3", "n.conf:5"])
    #expect(settings.access.count == 1)
  }

  @Test func unknownDirectiveIsAWarningWithTheNearestWord() {
    let (_, problems, warnings) = parse("allow x\nglobal_timout 3\nfrobnicate 1\n")
    #expect(problems.isEmpty)
    #expect(
      warnings == [
        "n.conf:2: unknown directive 'global_timout', did you mean 'global_timeout'?",
        "n.conf:3: unknown directive 'frobnicate'",
      ])
  }

  @Test(arguments: [
    ("port 1 # x", 1), ("\u{FEFF}port 2", 2), ("port\t3\r\n", 3), ("  port   4  ", 4),
    ("port 5", 5),
  ])
  func blanksAndCommentsDoNotMatter(text: String, port: Int) {
    #expect(parse(text).settings.port == port)
  }

  @Test func latin1IsReadAndTold() {
    let bytes = Array("user caf".utf8) + [0xE9]
    let parsed = NodeSettings.parse(SettingsFile(name: "n.conf", bytes: bytes))
    #expect(parsed.settings.user == "café")
    #expect(parsed.warnings.first?.description == "n.conf:1: line is not UTF-8: read as ISO 8859-1")
  }

  @Test func sizesAreBounded() {
    let long = String(repeating: "x", count: 1_100_000)
    #expect(
      parse("user \(long)\nport y").problems == [
        "n.conf:1: expected a line of at most 1048576 bytes",
        "n.conf:2: port: expected a port from 0 to 65535, found 'y'",
      ])
    let blanks = String(repeating: " ", count: 1_100_000)
    #expect(parse("\(blanks)port y").problems.count == 1)
    let huge = SettingsFile(name: "n.conf", bytes: Array(repeating: 0x0A, count: (4 << 20) + 1))
    #expect(
      NodeSettings.parse(huge).problems.map(\.description)
        == ["n.conf: expected at most 4194304 bytes, found 4194305"])
    #expect(parse(String(repeating: "port x\n", count: 5000)).problems.count == 101)
  }

  @Test func noiseIsRefusedWithoutATrap() {
    var noise = Noise(2)
    let pieces = [
      "host", "port", " ", "\n", "#", "\\#", "allow", "cidr_deny", "10.0.0.0/8", "::/0", "tls",
      "\\", "1",
      "tls_match", "é", "=", "\r", "\t", "timeout",
    ]
    for _ in 0..<500 {
      _ = NodeSettings.parse(SettingsFile(name: "x", bytes: noise.bytes(upTo: 600)))
      _ = NodeSettings.parse(SettingsFile(name: "x", bytes: noise.lines(of: pieces, upTo: 80)))
    }
  }

  /// Found by fuzzing: a message holds words of the file, and those may be anything.
  @Test(arguments: [
    // Latin-1 for U+009B, with which a terminal begins a command; a tab; a bidi override.
    (Array("port \u{9B}31m".utf8), "conf:1: port: expected a port from 0 to 65535, found '?31m'"),
    (Array("port 1\t2".utf8), "conf:1: port: expected a port from 0 to 65535, found '1?2'"),
    (Array("port \u{202E}1".utf8), "conf:1: port: expected a port from 0 to 65535, found '?1'"),
  ])
  func messagesHoldNothingThatATerminalObeys(line: [UInt8], message: String) {
    let problems = NodeSettings.parse(SettingsFile(name: "conf", bytes: line)).problems
    #expect(problems.map(\.description) == [message])
  }

  /// One character of a thousand marks is one character, and no short one.
  @Test func messagesAreShortHoweverLongACharacterIs() {
    let line = "port a" + String(repeating: "\u{301}", count: 10_000)
    let problems = NodeSettings.parse(SettingsFile(name: "conf", text: line)).problems
    #expect(problems.count == 1)
    #expect(problems.allSatisfy { $0.description.utf8.count < 300 })
    let problem = SettingFinding(file: "f", line: 1, message: String(repeating: "x", count: 9999))
    #expect(problem.message == String(repeating: "x", count: 500) + "…")
  }

  @Test func eachDirectiveKnowsItsLine() {
    let main = SettingsFile(
      name: "n.conf", text: "host ::1\n\nhost 127.0.0.1\nuser a\ndefault_client_user b\n")
    let more = SettingsFile(name: "d/x.conf", text: "# comment\nuser c\n")
    let settings = NodeSettings.parse([main, more]).settings
    #expect(settings.place(of: "host", index: 0) == SettingPlace(file: "n.conf", line: 1))
    #expect(settings.place(of: "host", index: 1) == SettingPlace(file: "n.conf", line: 3))
    #expect(settings.place(of: "user") == SettingPlace(file: "d/x.conf", line: 2))
    #expect(settings.place(of: "default_plugin_user") == SettingPlace(file: "n.conf", line: 5))
    // Not said anywhere: the file.
    #expect(settings.place(of: "group").finding("x").description == "n.conf: x")
    #expect(NodeSettings().place(of: "group").finding("x").description == "settings: x")
  }

  /// The kernel takes 107 bytes and a zero.
  @Test(arguments: [(107, true), (108, false)])
  func thePathOfASocketHasALimit(bytes: Int, fits: Bool) {
    let path = "/" + String(repeating: "s", count: bytes - 1)
    let problems = NodeSettings.parse(SettingsFile(name: "n.conf", text: "host \(path)\n")).problems
    #expect(problems.isEmpty == fits)
    if let problem = problems.first {
      #expect(
        problem.description.hasPrefix(
          "n.conf:1: host: expected the path of a unix socket of at most 107 bytes, found '/sss"))
    }
  }
}
