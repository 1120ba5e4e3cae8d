import MuninWire
import Settings
import TestSupport
import Testing

@Suite struct MasterSettingsTests {
  private func parse(
    _ texts: String...
  ) -> (settings: MasterSettings, problems: [String], warnings: [String]) {
    let files = texts.enumerated().map { index, text in
      SettingsFile(name: index == 0 ? "m.conf" : "\(index).conf", text: text)
    }
    let parsed = MasterSettings.parse(files)
    return (
      parsed.settings, parsed.problems.map(\.description), parsed.warnings.map(\.description)
    )
  }

  /// The lines before or in the section of a node.
  private func inFile(_ lines: String) -> String {
    lines + (lines.hasPrefix("[g;h]") ? "\naddress x\n" : "\n[g;h]\naddress x\n")
  }

  @Test func debiansFileIsUnderstood() {
    let (settings, problems, warnings) = parse(
      """
      # Example
      #dbdir  /var/lib/munin
      includedir /etc/munin/munin-conf.d
      #contact.someuser.command mail -s "Munin notification" x@y
      [localhost.localdomain]
          address 127.0.0.1
          use_node_name yes
      """)
    #expect(problems.isEmpty && warnings.isEmpty)
    #expect(settings.databaseDirectory == "/var/lib/munin" && settings.updateRate == 300)
    #expect(settings.hosts.map(\.path) == ["localdomain;localhost.localdomain"])
    #expect(settings.hosts.first?.endpoint == .tcp(host: "127.0.0.1", port: 4949))
    #expect(settings.hosts.first?.useNodeName == true)
    #expect(settings.hosts.first?.file == "m.conf" && settings.hosts.first?.line == 5)
  }

  @Test func globalDirectivesAreTaken() {
    let (settings, problems, warnings) = parse(
      """
      dbdir /data
      update_rate 10
      graph_data_size custom 1d, 5m for 7d, 1h for 30d
      web_listen [::1]:0
      smtp_server smtp://localhost:2525
      smtp_from munin@example.com
      timeout 20
      timeout_fetch_one_node 30
      nsca /usr/bin/send_nsca
      nsca_server nag
      nsca_config /etc/nsca.cfg
      log_file /log/collector.log
      log_level 4
      syslog_ident master
      syslog_facility local3
      pid_file /run/x/pid
      """)
    #expect(problems.isEmpty && warnings.isEmpty)
    #expect(settings.databaseDirectory == "/data" && settings.updateRate == 10)
    #expect(settings.graphDataSize == RoundRobinLayout("custom 1d, 5m for 7d, 1h for 30d"))
    #expect(settings.webListen == HostPort(host: "::1", port: 0))
    #expect(settings.mail.servers == ["smtp://localhost:2525"])
    #expect(settings.mail.from == "munin@example.com")
    #expect(settings.connectTimeout == 20 && settings.nodeTimeout == 30)
    #expect(settings.contacts.map(\.command) == ["/usr/bin/send_nsca nag -c /etc/nsca.cfg -to 60"])
    #expect(settings.contacts.map(\.alwaysSend) == [[.critical, .warning]])
    #expect(settings.logFile == "/log/collector.log" && settings.logLevel == 4)
    #expect(settings.syslogIdentity == "master" && settings.syslogFacility == .local3)
    #expect(settings.pidFile == "/run/x/pid" && !settings.logsToSyslog)
    #expect(parse("log_file sys::syslog").settings.logsToSyslog)
    #expect(parse("web_listen none").settings.webListen == nil)
  }

  @Test(arguments: [
    ("[group;host]", "group;host"),
    ("[a;b;host]", "a;b;host"),
    ("[web.example.com]", "example.com;web.example.com"),
    ("[bare]", "bare;bare"),
    ("[Web Servers;www-1]", "Web Servers;www-1"),
  ])
  func sectionsNameAHost(section: String, path: String) {
    let (settings, problems, _) = parse("\(section)\naddress ::1\n")
    #expect(problems.isEmpty)
    #expect(settings.hosts.map(\.path) == [path])
    #expect(settings.hosts.first?.endpoint == .tcp(host: "::1", port: 4949))
  }

  @Test(arguments: [
    ("[g;h_1]", "section '[g;h_1]': expected a host name of letters, digits, - and ., found 'h_1'"),
    ("[;h]", "section '[;h]': expected a group name without / and :, found ''"),
    ("[g;h", "expected [group;host] alone on its line, found '[g;h'"),
    ("[]", "expected [group;host] alone on its line, found '[]'"),
  ])
  func aSectionThatMuninRefusesIsAnErrorOnce(section: String, message: String) {
    let (settings, problems, _) = parse("\(section)\naddress x\nnonsense\n[g;ok]\naddress y\n")
    #expect(problems == ["m.conf:1: \(message)"])
    #expect(settings.hosts.map(\.path) == ["g;ok"])
  }

  @Test(arguments: [
    ("[../x;h]", "section '[../x;h]': expected a group name without / and :, found '../x'"),
    ("[..;h]", "section '[..;h]': a group is a folder of dbdir, and cannot be called '..'"),
    ("[g;..]", "section '[g;..]': expected a host name that does not begin with a dot, found '..'"),
    (
      "[g;h:a/b]",
      "section '[g;h:a/b]': expected a service or a field of letters, digits, - and _, found 'a/b'"
    ),
  ])
  func aSectionThatMuninAcceptsIsIgnoredWithAWarning(section: String, message: String) {
    let (settings, problems, warnings) = parse(
      "\(section)\naddress x\nnonsense\n[g;ok]\naddress y\n")
    #expect(problems.isEmpty)
    #expect(warnings == ["m.conf:1: \(message): all of it is ignored"])
    #expect(settings.hosts.map(\.path) == ["g;ok"])
  }

  @Test func aSectionWithNothingBelowMakesNoHost() {
    let (settings, problems, warnings) = parse(
      "[empty.dev6]\n# address 192.0.2.6\n[g;]\n[g;twice]\n[g;twice]\naddress x\n[g;last]\n")
    #expect(problems.isEmpty)
    #expect(
      warnings == [
        "m.conf:1: section '[empty.dev6]': no line below it: no host is made of it",
        "m.conf:7: section '[g;last]': no line below it: no host is made of it",
      ])
    #expect(settings.hosts.map(\.path) == ["g;twice"])
  }

  @Test func everyFormOfAKeyReachesTheSamePlace() {
    let forms = [
      "[g;h]\nload.load.warning 5", "[g;h:load]\nload.warning 5", "[g;h:load.load]\nwarning 5",
      "[g;]\nh:load.load.warning 5", "g;h:load.load.warning 5",
    ]
    for form in forms {
      let (settings, problems, _) = parse("g;h:address x\n\(form)\n")
      #expect(problems.isEmpty, "\(form)")
      #expect(
        settings.override("warning", group: ["g"], host: "h", service: "load", field: "load")
          == "5",
        "\(form)")
    }
    let (settings, problems, warnings) = parse(
      "[a;]\nb;h:address x\nb;unknown_limit 7\nc:address y\n")
    #expect(problems.isEmpty && warnings.isEmpty)
    #expect(settings.hosts.map(\.path) == ["a;b;h", "a;c"])
    #expect(settings.attribute("unknown_limit", group: ["a", "b"]) == "7")
    #expect(settings.attribute("unknown_limit", group: ["a"]) == nil)
    #expect(parse("web.x.org:address y").settings.hosts.map(\.path) == ["x.org;web.x.org"])
  }

  @Test func attributesAreInheritedFromTheInside() {
    let (settings, problems, _) = parse(
      """
      unknown_limit 100
      warning 1
      [a;]
      warning 2
      [a;b;]
      warning 3
      [a;b;h]
      address x
      warning 4
      disk.warning 5
      disk.sda.warning 6
      disk.sda.util.warning 7
      """)
    #expect(problems.isEmpty)
    func warning(_ group: [String], _ host: String, _ service: String?, _ field: String?) -> String?
    {
      settings.attribute("warning", group: group, host: host, service: service, field: field)
    }
    #expect(warning(["a", "b"], "h", "disk.sda", "util") == "7")
    #expect(warning(["a", "b"], "h", "disk.sda", "wait") == "6")
    #expect(warning(["a", "b"], "h", "disk", "sda") == "6")
    #expect(warning(["a", "b"], "h", "disk.sdb", "util") == "5")
    #expect(warning(["a", "b"], "h", "load", "load") == "4")
    #expect(warning(["a", "b"], "other", nil, nil) == "3")
    #expect(warning(["a", "c"], "h", nil, nil) == "2")
    #expect(warning(["z"], "h", nil, nil) == "1")
    #expect(settings.attribute("unknown_limit", group: ["a", "b"], host: "h") == "100")
    #expect(settings.override("unknown_limit", group: ["a", "b"], host: "h") == nil)
    #expect(settings.attribute("critical", group: ["a", "b"], host: "h") == nil)
  }

  @Test func overridesOfAHostAreListed() throws {
    let (settings, problems, _) = parse(
      """
      [g;h]
      address x
      load.graph_title Last \\# 1
      load.load.warning 5
      load.load.warning 6
      disk.sda.graph_title sda
      disk.sda.util.critical :98
      total.graph_scale no
      [g;other]
      update no
      load.load.warning 7
      """)
    #expect(problems.isEmpty)
    let host = try #require(settings.hosts.first)
    let lines = settings.overrides(for: host).map {
      "\($0.line) \($0.service) \($0.field ?? "-") \($0.name) \($0.value)"
    }
    #expect(
      lines == [
        "3 load - graph_title Last # 1", "5 load load warning 6", "6 disk.sda - graph_title sda",
        "7 disk.sda util critical :98", "8 total - graph_scale no",
      ])
  }

  @Test func hostsTakeTheirDirectives() throws {
    let (settings, problems, _) = parse(
      """
      use_node_name yes
      tls enabled
      [g;]
      port 5000
      [g;h]
      address [2001:db8::1]
      use_default_node yes
      notify_alias The host
      local_address 192.0.2.7
      tls_verify_depth 2
      [g;virtual]
      update no
      use_node_name no
      """)
    #expect(problems.isEmpty)
    let host = try #require(settings.hosts.first)
    #expect(host.endpoint == .tcp(host: "2001:db8::1", port: 5000) && host.port == 5000)
    #expect(host.useNodeName && host.useDefaultNode && host.update)
    #expect(host.notifyAlias == "The host" && host.localAddress == "192.0.2.7")
    #expect(host.tls.mode == .enabled && host.tls.verifyDepth == 2)
    #expect(settings.hosts[1].update == false && settings.hosts[1].endpoint == nil)
    #expect(settings.hosts[1].useNodeName == false)
  }

  @Test(arguments: [
    ("web01", "web01:4949"),
    ("192.0.2.1", "192.0.2.1:4949"),
    ("[::1]", "[::1]:4949"),
    ("::1", "[::1]:4949"),
    ("munin://web01", "web01:4949"),
    ("munin://web01:5000/", "web01:5000"),
    ("munin://[::1]:5000", "[::1]:5000"),
    ("unix:///run/node.sock", "unix:///run/node.sock"),
    ("ssh://me@web01:22/usr/bin/nc localhost 4949", "ssh://me@web01:22/usr/bin/nc localhost 4949"),
    ("ssh://web01/bin/x", "ssh://web01/bin/x"),
    // The other side's authorized_keys may say what runs.
    ("ssh://web01", "ssh://web01"),
    ("ssh://me@web01:2222/", "ssh://me@web01:2222"),
    ("ssh://[::1]/bin/x  a  b", "ssh://[::1]/bin/x  a  b"),
    ("ssh://[::1]:22", "ssh://[::1]:22"),
    ("ssh://web01/ uptime", "ssh://web01/ uptime"),
    ("cmd:///usr/bin/apus-node stdio", "cmd:///usr/bin/apus-node stdio"),
  ])
  func addressesAreUnderstood(text: String, endpoint: String) {
    #expect(NodeAddress(text)?.description == endpoint)
  }

  @Test(arguments: [
    "", "*", "a b", "web01:5000", "http://x", "munin://", "munin://x:99999", "unix://run/x",
    "unix:///",
    "ssh://", "ssh:// x", "ssh:///bin/x", "ssh://web01:0/x", "ssh://-oProxyCommand=x/y",
    "ssh://-x@h/y", "ssh://@h/y", "cmd://x", "cmd:///",
    "[::1", "[x]", "1.2.3.4/8",
  ])
  func otherAddressesAreRefused(text: String) {
    #expect(NodeAddress(text) == nil)
  }

  /// munin knows both at the top level only; a node behind a gateway needs its own.
  @Test func sshIsReachedAsTheNodeOrItsGroupSays() {
    let (settings, problems, warnings) = parse(
      """
      ssh_options -o BatchMode=yes
      [g;a]
      address ssh://a/x
      [g;b]
      address ssh://b/x
      ssh_command /opt/ssh -J gate
      [h;]
      ssh_options -4
      [h;c]
      address ssh://c/x
      """)
    #expect(problems.isEmpty && warnings.isEmpty)
    #expect(settings.hosts.map(\.sshCommand) == ["ssh", "/opt/ssh -J gate", "ssh"])
    #expect(settings.hosts.map(\.sshOptions) == ["-o BatchMode=yes", "-o BatchMode=yes", "-4"])
    #expect(
      parse("[g;a]\naddress ssh://a/x").settings.hosts[0].sshOptions
        == "-o ChallengeResponseAuthentication=no -o StrictHostKeyChecking=no")
  }

  /// As in munin.
  @Test func nscaIsForThoseWithoutTheContactNagios() {
    let (settings, _, _) = parse("nsca /bin/send_nsca\ncontact.nagios.command send_nsca nag\n")
    #expect(settings.contacts.map(\.name) == ["nagios"])
  }

  /// As in munin; the check names the line.
  @Test func theRightWordsOfAlwaysSendCount() {
    let (settings, _, warnings) = parse(
      "contact.me.command mail me\ncontact.me.always_send WARNING always\n")
    #expect(settings.contacts.map(\.alwaysSend) == [[.warning]])
    #expect(warnings.count == 1, "\(warnings)")
  }

  @Test func contactsAreTaken() {
    let (settings, problems, warnings) = parse(
      """
      contacts me
      contact.me.command mail -s "${var:host}" me@example.com
      contact.me.always_send warning, critical
      contact.default.text all of it
      contact.nagios.email nagios@example.com
      contact.empty.text x
      [g;h]
      address x
      load.contacts none
      swap.contacts no
      df.contacts me nagios
      """)
    #expect(problems.isEmpty)
    #expect(
      warnings == [
        "m.conf:6: contact 'empty': neither email, command, webhook nor syslog: it gets no messages"
      ])
    #expect(settings.contacts.map(\.name) == ["me", "default", "nagios", "empty"])
    #expect(settings.contacts[0].alwaysSend == [.warning, .critical])
    #expect(settings.contacts[2].alwaysSend == [.critical, .warning])
    func names(_ service: String) -> [String] {
      settings.recipients(group: ["g"], host: "h", service: service).map(\.name)
    }
    #expect(names("cpu") == ["me"])
    #expect(names("load").isEmpty && names("swap").isEmpty)
    #expect(names("df") == ["me", "nagios"])
    let everybody = parse("contact.a.email a@b\ncontact.b.command x\ncontact.default.text y\n")
      .settings
    #expect(everybody.recipients(group: ["g"], host: "h").map(\.name) == ["a", "b"])
  }

  /// What munin-update refuses too, and what only the collector knows.
  @Test(arguments: [
    ("log_file", "log_file: expected a value, found nothing"),
    ("dbdri /x", "unknown word 'dbdri', did you mean 'dbdir'?"),
    ("frobnicate 1", "unknown word 'frobnicate'"),
    ("log_file log", "log_file: expected an absolute path, found 'log'"),
    (
      "syslog_facility x",
      "syslog_facility: expected user, mail, daemon, auth, syslog, lpr, news, uucp, cron, "
        + "authpriv, ftp or local0 to local7, found 'x'"
    ),
    ("web_listen 4950", "web_listen: expected host:port or none, found '4950'"),
    (
      "smtp_server mail.example.com",
      "smtp_server: expected smtp://host:port or smtps://host:port, found 'mail.example.com'"
    ),
    ("smtp_from me", "smtp_from: expected a mail address, found 'me'"),
    ("contact.a.email x y@z", "contact.a.email: expected a mail address, found 'x y@z'"),
    ("contact.none.email x@y", "contact.none.email: expected contact.NAME.email"),
    (
      "g;h_x:address y",
      "'g;h_x:address': expected a host name of letters, digits, - and ., found 'h_x'"
    ),
    ("[g;h]\nload.load.warnign 5", "unknown word 'warnign', did you mean 'warning'?"),
    ("[g;h]\nupdate maybe", "update: expected yes or no, found 'maybe'"),
    ("[g;h]\nuse_node_name 2", "use_node_name: expected yes or no, found '2'"),
  ])
  func aLineThatCannotBeRunWithIsAnError(text: String, message: String) {
    let line = text.hasPrefix("[") ? 2 : 1
    let (_, problems, warnings) = parse(inFile(text))
    #expect(problems == ["m.conf:\(line): \(message)"])
    #expect(warnings.isEmpty)
  }

  /// What munin-update reads without complaint keeps nothing from starting.
  @Test(arguments: [
    (
      "graph_data_size big",
      "graph_data_size: expected normal, huge or a list such as custom 1d, 5m for 7d, found 'big'"
    ),
    (
      "[g;h]\nload.load.type gauge",
      "load.load.type: expected GAUGE, DERIVE, COUNTER or ABSOLUTE, found 'gauge'"
    ),
    ("[g;h]\nload.load.max 10M", "load.load.max: expected a number or U, found '10M'"),
    ("trend 5", "trend: expected yes, no or a time from a minute to a year such as 6h, found '5'"),
    ("update_rate often", "update_rate: expected seconds from 1 to 604800, found 'often'"),
    ("update_rate 0", "update_rate: expected seconds from 1 to 604800, found '0'"),
    ("timeout soon", "timeout: expected seconds from 1 to 604800, found 'soon'"),
    ("dbdir", "dbdir: expected a value, found nothing"),
    (
      "local_address blabla",
      "local_address: expected an IP address of this machine or 0, found 'blabla'"
    ),
    ("timeout", "timeout: expected a value, found nothing"),
    (
      "contact.a.always_send never",
      "contact.a.always_send: expected a list of ok, warning, critical, unknown, found 'never'"
    ),
    (
      "load.load.warning 5",
      "'load.load.warning': expected a known word or group;host:service.field.attribute"
    ),
    (
      "[g;h]\nload.load.critical 1:2:3",
      "load.load.critical: expected a range such as 10, 5:10, :10 or :90%, found '1:2:3'"
    ),
    ("[g;h]\nload.load.colour #ff0000", "load.load.colour: expected a value, found nothing"),
    (
      "[g;h]\nload.load.colour \\#ff0000",
      "load.load.colour: expected six hex digits or COLOUR and a number, found '#ff0000'"
    ),
    (
      "[g;h]\nload.load.draw DOT",
      "load.load.draw: expected LINE1, AREA, STACK, AREASTACK or LINESTACK1, found 'DOT'"
    ),
    (
      "[g;h]\nload.graph_width 0",
      "load.graph_width: expected a whole number from 1 to 20000, found '0'"
    ),
    (
      "[g;h]\nload.graph_period day",
      "load.graph_period: expected second, minute or hour, found 'day'"
    ),
    ("[g;h]\nload.l.graph maybe", "load.l.graph: expected yes, no or on-demand, found 'maybe'"),
    (
      "[g;h]\nload..warning 5",
      "'load..warning': expected service.field.attribute, found 'load..warning'"
    ),
  ])
  func aWrongLineThatMuninAcceptsIsIgnoredWithAWarning(text: String, message: String) {
    let line = text.hasPrefix("[") ? 2 : 1
    let (settings, problems, warnings) = parse("\(text)\n[g;h]\naddress x\n")
    #expect(problems.isEmpty)
    #expect(warnings.first == "m.conf:\(line): \(message): the line is ignored")
    #expect(settings.hosts.map(\.update) == [true] && settings.updateRate == 300)
  }

  /// Another port would be another node.
  @Test(arguments: [
    ("port 0", "port: expected a port from 1 to 65535, found '0'"),
    ("port often", "port: expected a port from 1 to 65535, found 'often'"),
    (
      "address munin://h:0",
      "address: expected a name, an address, munin://host:port, unix:///path, "
        + "ssh://host/command or cmd:///command, found 'munin://h:0'"
    ),
    (
      "address a b",
      "address: expected a name, an address, munin://host:port, unix:///path, "
        + "ssh://host/command or cmd:///command, found 'a b'"
    ),
  ])
  func aNodeThatCannotBeReachedIsNotPolled(text: String, message: String) {
    let (settings, problems, warnings) = parse(
      "[g;h]\naddress x\n\(text)\n[g;other]\naddress y\n")
    #expect(problems.isEmpty)
    #expect(warnings == ["m.conf:3: \(message): the nodes below are not polled"])
    #expect(settings.hosts.map(\.update) == [false, true])
  }

  /// A connection is not made less safe than it may be meant.
  @Test(arguments: [
    ("tls always", "tls: expected disabled, auto, enabled, paranoid, found 'always'"),
    ("tls", "tls: expected a value, found nothing"),
    ("tls_verify_certificate often", "tls_verify_certificate: expected yes or no, found 'often'"),
    ("tls_verify_depth -1", "tls_verify_depth: expected a whole number from 0 to 100, found '-1'"),
  ])
  func aNodeWithAWrongTLSWordIsNotPolled(text: String, message: String) {
    let word = String(text.split(separator: " ")[0])
    let (settings, problems, warnings) = parse(
      "\(text)\n[g;h]\naddress x\n[g;other]\naddress y\ntls disabled\n\(word) \(word == "tls" ? "disabled" : word.hasSuffix("depth") ? "5" : "no")\n"
    )
    #expect(problems.isEmpty)
    #expect(warnings == ["m.conf:1: \(message): the nodes below are not polled"])
    #expect(settings.hosts[0].obstacle?.hasPrefix("m.conf:1: \(word): expected ") == true)
    #expect(settings.hosts[1].obstacle == nil)
  }

  /// As munin does, which is started anywhere.
  @Test func aRelativeFolderIsToldAndTaken() {
    let (settings, problems, warnings) = parse("dbdir data\nincludedir conf.d\n[g;h]\naddress x\n")
    let end = "is looked for in the folder that the collector is started in"
    #expect(problems.isEmpty)
    #expect(
      warnings == ["m.conf:1: dbdir: 'data' \(end)", "m.conf:2: includedir: 'conf.d' \(end)"])
    #expect(settings.databaseDirectory == "data")
    let file = SettingsFile(name: "m", text: "includedir conf.d\n")
    #expect(MasterSettings.includeDirectory(of: file)?.path == "conf.d")
  }

  @Test func aSecondSectionOfANodeIsTold() {
    let (settings, problems, warnings) = parse(
      "[example.com;web02]\naddress x\n[g;]\n[g;h]\naddress y\n[example.com;web02]\nport 5000\n[g;]\ncontacts no\n[g;h:load]\nwarning 5\n",
      "[example.com;web02]\nload.load.warning 5\n[g;h]\naddress z\n")
    #expect(problems.isEmpty)
    #expect(
      warnings == [
        "m.conf:6: section '[example.com;web02]': the same node as in line 1: both sections apply; of a word that is set in both, the last one",
        "1.conf:4: address: replaces 'y' of m.conf:5",
      ])
    #expect(settings.hosts.map { "\($0.endpoint!)" } == ["x:5000", "z:4949"])
  }

  @Test(arguments: [
    ("graph_data_size custom 1d, 1m for 1w\n[g;h]\naddress x", "1: graph_data_size"),
    (
      "update_rate 60\n[g;h]\naddress x\nupdate_rate 300\nload.graph_data_size custom 1d, 1m for 1w",
      "5: load.graph_data_size"
    ),
  ])
  func aResolutionFinerThanTheRateIsTold(text: String, place: String) {
    let (_, problems, warnings) = parse(text)
    #expect(problems.isEmpty)
    #expect(
      warnings == ["m.conf:\(place): 60 s for 604800 s is finer than update_rate 300: left out"])
    #expect(
      parse("update_rate 60\n\(text.replacing("update_rate 300\n", with: ""))").warnings == [])
  }

  @Test func ratesOfNodesAndServicesAreTaken() {
    let settings = parse(
      "update_rate 60\n[g;a]\naddress x\nload.update_rate 1h aligned\n[h;]\nupdate_rate 10\n[h;b]\naddress y\n[h;c]\naddress z\nupdate_rate 20\n"
    ).settings
    #expect(settings.updateRate == 60 && settings.hosts.map(\.updateRate) == [60, 10, 20])
    #expect(settings.updateRate(of: "load", on: settings.hosts[0])?.seconds == 3600)
    #expect(settings.updateRate(of: "cpu", on: settings.hosts[0]) == nil)
    var changed = settings
    changed.keepUpdateRate(of: MasterSettings())
    #expect(changed.updateRate == 300 && changed.hosts.map(\.updateRate) == [300, 10, 20])
  }

  @Test(arguments: [
    ("max_processes 0", "apus-collector polls all nodes at once, in one process"),
    ("max_processes 16", "apus-collector polls all nodes at once, in one process"),
    ("fork no", "apus-collector polls all nodes at once, in one process"),
    ("timeout_fetch_all_nodes 240", "apus-collector polls all nodes at once, in one process"),
    ("htmldir /var/www", "apus-collector serves its pages and graphs itself"),
    ("logdir /log", "log_file says where messages go"),
    ("contact.me.label x", "expected at a field"),
    ("graph_title T", "expected at a service"),
    ("[g;h]\ntype GAUGE", "expected at a service, a field"),
    ("[g;h]\ngraph no", "expected at a service, a field"),
    ("[g;h]\ndbdir /elsewhere", "expected at the top level"),
    ("[g;h]\ncontact.me.command x", "a contact has to stand before the first section"),
    ("[g;]\nnode_order b a", "not built yet"),
  ])
  func aDirectiveWithoutEffectIsOneWarning(text: String, reason: String) {
    let line = text.hasPrefix("[") ? 2 : 1
    let name = text.split(separator: "\n").last.map { $0.split(separator: " ")[0] } ?? ""
    let (settings, problems, warnings) = parse(inFile(text))
    #expect(problems.isEmpty)
    #expect(warnings == ["m.conf:\(line): \(name): no effect: \(reason)"])
    #expect(settings.databaseDirectory == "/var/lib/munin" && settings.contacts.isEmpty)
  }

  @Test func aDirectiveWithoutEffectInManyLinesIsOneWarning() {
    let text = (1...50).map { "s\($0).graph_sums x\n" }.joined()
    #expect(
      parse("[g;h]\naddress x\n\(text)").warnings == [
        "m.conf:3: s1.graph_sums: no effect in 50 lines: not built yet"
      ])
  }

  /// A start lists a hundred findings, and of a word without effect the first line; `check` lists all.
  @Test func allFindingsAreListedWhereAllAreAskedFor() {
    let lines =
      "[g;h]\naddress x\n" + (1...150).map { "s\($0).graph_sums x\n" }.joined()
      + (1...150).map { "s.f\($0).warning x\n" }.joined()
      + String(repeating: "nonsense\n", count: 150)
    let file = SettingsFile(name: "m.conf", text: lines)
    let some = MasterSettings.parse([file])
    #expect(some.problems.count == 101 && some.warnings.count == 101)
    let all = MasterSettings.parse([file], isComplete: true)
    #expect(all.problems.map(\.line) == Array(303...452))
    #expect(all.warnings.map(\.line) == Array(153...302) + Array(3...152))
  }

  /// munin knows no limit: a sum over a fleet is a long line, and a list of aliases is continued over many.
  @Test(arguments: [" ", " \\\n  "]) func longLinesAreRead(separator: String) {
    let members = (1...20_000).map { "web\($0):load.load" }
    let conf = "[g;sums]\nupdate no\nall.all.sum " + members.joined(separator: separator)
    let (settings, problems, warnings) = parse(conf)
    #expect(problems == [] && warnings == [])
    let sum = settings.overrides(for: settings.hosts[0]).first { $0.name == "sum" }?.value ?? ""
    #expect(sum.split(separator: " ").map(String.init) == members)
  }

  @Test func anUnknownContactIsAWarning() {
    let (settings, problems, warnings) = parse(
      "contact.admin.email a@b\ncontacts amdin\n[g;h]\naddress x\n")
    #expect(problems.isEmpty)
    #expect(
      warnings == ["m.conf:2: contacts: unknown contact 'amdin', did you mean 'admin'?"])
    #expect(settings.recipients(group: ["g"], host: "h").isEmpty)
  }

  @Test(arguments: [
    "10", ":", "5:", ":5", "-1.5:+2", "1e3", ".5:", "1E-5:2.", "0:0",
  ])
  func rangesAreAccepted(range: String) {
    #expect(parse("[g;h]\naddress x\na.b.warning \(range)").problems.isEmpty)
  }

  @Test(arguments: [
    ("address=1.2.3.4", "expected a blank between address and its value, found 'address=1.2.3.4'"),
    ("port:4949", "expected a blank between port and its value, found 'port:4949'"),
    (
      "load.load.warning=10",
      "expected a blank between load.load.warning and its value, found 'load.load.warning=10'"
    ),
  ])
  func aMissingBlankIsNamed(text: String, message: String) {
    #expect(parse("[g;h]\naddress x\n\(text)\n").problems == ["m.conf:3: \(message)"])
  }

  @Test(arguments: [
    (
      "load.load.warning 9:3",
      "warning: the upper limit of '9:3' is below the lower one: every value is outside"
    ),
    (
      "memory.available.critical 15:",
      "critical: '15:' is in bytes, and less than 1 kB cannot be meant"
    ),
  ])
  func aLimitThatCannotBeMeantIsToldAndCounts(text: String, message: String) {
    let (settings, problems, warnings) = parse("[g;h]\naddress x\n\(text)\n")
    #expect(problems.isEmpty)
    #expect(warnings == ["m.conf:3: \(message)"])
    #expect(settings.overrides(for: settings.hosts[0]).count == 1)
  }

  @Test(arguments: [
    (
      "update_rate 5\n[g;h]\naddress x\n",
      "m.conf:1: update_rate: 5 s is less than 10 s, the shortest rate that time limits and messages are made for: nodes are polled every 5 s"
    ),
    (
      "[g;h]\naddress x\nupdate_rate 9\n",
      "m.conf:3: update_rate: 9 s is less than 10 s, the shortest rate that time limits and messages are made for: nodes are polled every 9 s"
    ),
    (
      "[g;h]\naddress x\nload.update_rate 1\n",
      "m.conf:3: update_rate: 1 s is less than 10 s: a service makes its node be polled every 10 s at most"
    ),
    ("update_rate 10\n[g;h]\naddress x\n", nil),
  ])
  func aRateThatIsVeryShortIsTold(text: String, warning: String?) {
    let (settings, problems, warnings) = parse(text)
    #expect(problems.isEmpty && warnings == [warning].compactMap(\.self))
    #expect(settings.hosts.first?.update == true)
  }

  @Test func whereAValueOfANodeStandsIsKnown() {
    let settings = parse("tls auto\n[g;a]\naddress x\n[g;b]\naddress y\ntls disabled\n").settings
    #expect(settings.hosts.map { settings.place(of: "tls", for: $0) } == ["m.conf:1", "m.conf:6"])
    #expect(settings.place(of: "tls_match", for: settings.hosts[0]) == nil)
  }

  @Test func aHostWithoutAnAddressIsNotPolled() {
    let (settings, problems, warnings) = parse(
      "[g;h]\nuse_node_name yes\n[g;v]\nupdate no\ng;x:a.b.warning 5\n")
    #expect(problems.isEmpty)
    #expect(
      warnings == [
        "m.conf:5: 'g;x:a.b.warning': a path that begins with a group counts above the first section only: move it there, or write 'a.b.warning' below [g;x]: the line is ignored",
        "m.conf:1: host 'g;h': no address: expected an address or update no: not polled",
      ])
    #expect(settings.hosts.map(\.update) == [false, false])
  }

  @Test func aValueTellsWhereItStands() {
    let settings = parse(
      "smtp_from a@b\n\nsmtp_from c@d\ncontact.me.text \\\nx\ncontact.me.text y\n[g;h]\naddress x\n"
    ).settings
    #expect(settings.place(of: "smtp_from") == "m.conf:3: smtp_from")
    #expect(settings.place(of: "contact.me.text") == "m.conf:6: contact.me.text")
    #expect(settings.place(of: "address") == "address", "a host's, not the root's")
    #expect(settings.place(of: "smtp_server") == "smtp_server")
  }

  /// munin-update joins lines without the indent of the second, the rest of munin keeps it; each word is read
  /// as the program of munin that makes use of it reads it.
  @Test func linesAreContinuedAsMuninDoes() {
    let (settings, problems, warnings) = parse(
      """
      contact.me.command mail -s one\\
          two me
      [g;h]
      address 192.0\\
        .2.1
      all.graph_args --base 1000 \\
        # the lower limit
        -l 0
      all.graph_title One\\
        \tTwo\\
      Three
      all.graph_vlabel V\\

      all.graph_info I\\\\
      all.graph_total T\\
      """)
    #expect(problems.isEmpty)
    #expect(
      warnings == ["m.conf:13: empty line behind one that ends with '\\': the value ends here"])
    func own(_ name: String) -> String? {
      settings.override(name, group: ["g"], host: "h", service: "all")
    }
    #expect(settings.contacts.first?.command == "mail -s one    two me")
    #expect(settings.hosts.first?.address == "192.0.2.1")
    #expect(own("graph_args") == "--base 1000   -l 0")
    #expect(own("graph_title") == "One  \tTwoThree")
    #expect(own("graph_vlabel") == "V" && own("graph_info") == "I\\")
    #expect(own("graph_total") == "T")
  }

  /// At a graph the page names them; anywhere else nobody would.
  @Test func graphsOfOtherGraphsAreToldWhereNoGraphIs() {
    for word in ["sum", "stack"] {
      let (_, problems, warnings) = parse("[g;h]\naddress 192.0.2.1\n\(word) a=b\n")
      #expect(problems.isEmpty && warnings.count == 1, "\(warnings)")
      #expect(warnings.first?.hasPrefix("m.conf:3: \(word)") == true, "\(warnings)")
    }
  }

  /// As munin-limits reads it, and the value that graphs show.
  @Test func aBackslashBeforeBlanksContinuesNothing() {
    let (settings, problems, warnings) = parse(
      "[g;h]\naddress 192.0.2.1\nfut.graph_title one \\ \nfut.graph_info two\n")
    #expect(problems.isEmpty)
    #expect(
      warnings == [
        "m.conf:3: blanks behind the '\\' at the end: the line ends here, though munin-update continues it"
      ])
    func own(_ name: String) -> String? {
      settings.override(name, group: ["g"], host: "h", service: "fut")
    }
    #expect(own("graph_title") == "one \\")
    #expect(own("graph_info") == "two")
  }

  @Test func includedFilesFollow() {
    let main = SettingsFile(
      name: "m.conf", text: "includedir /one\nincludedir /two # last\n[g;h]\nincludedir /three\n")
    let folder = MasterSettings.includeDirectory(of: main)
    #expect(folder?.path == "/two" && folder?.line == 2)
    #expect(MasterSettings.includeDirectory(of: SettingsFile(name: "m", text: "[g;h]")) == nil)
    #expect(["a.conf", "b"].allSatisfy(MasterSettings.isIncluded))
    #expect(
      !MasterSettings.isIncluded(fileName: ".a") && !MasterSettings.isIncluded(fileName: "a~"))

    let (settings, problems, warnings) = parse(
      "update_rate 10\n[g;h]\naddress x\n", "update_rate 20\nincludedir /x\n[g;i]\naddress y\nbad\n"
    )
    #expect(settings.updateRate == 20, "an included file begins without a section; the last wins")
    #expect(settings.hosts.map(\.path) == ["g;h", "g;i"])
    #expect(problems == ["1.conf:5: unknown word 'bad'"])
    #expect(warnings == ["1.conf:2: includedir: no effect in an included file"])
  }

  @Test func manyHostsAreReadFast() {
    let text = (0..<5000).map { "[g;h\($0)]\naddress 192.0.2.1\nload.load.warning \($0)\n" }
      .joined()
    let start = ContinuousClock.now
    let (settings, problems, _) = parse(text)
    #expect(problems.isEmpty && settings.hosts.count == 5000)
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func noiseIsRefusedWithoutATrap() {
    var noise = Noise(4)
    let pieces = [
      "[", "]", "g", ";", "h", ":", ".", "load", "warning", " ", " 5", "\n", "\n", "\\", "\\\n",
      "#",
      "contact.a.command", "contacts", "address", "::1", "graph_data_size custom ", "1d,",
      "5m for ",
      "é", "\t", "99999999999999999999", "update_rate ", "munin://", "ssh://", "@", "/", "\u{0}",
      "[g;h]\n", "web_listen ", "include_dir /x", "always_send ",
    ]
    for _ in 0..<300 {
      for bytes in [noise.bytes(upTo: 400), noise.lines(of: pieces, upTo: 100)] {
        let file = SettingsFile(name: "x", bytes: bytes)
        _ = MasterSettings.includeDirectory(of: file)
        let settings = MasterSettings.parse([file, file]).settings
        for host in settings.hosts { _ = settings.overrides(for: host) }
        _ = settings.graphDataSize.archives(step: settings.updateRate)
      }
    }
  }
}
