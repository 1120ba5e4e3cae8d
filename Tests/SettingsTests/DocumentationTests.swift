import Foundation
import Limits
import MuninWire
import TestSupport
import Testing

@testable import Settings

/// What can be set is described, and what is described can be set.
struct DocumentationTests {
  private static let project =
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.project.appending(path: path), encoding: .utf8)
  }

  /// The directives of a sample, also those that are commented out.
  private func directives(of sample: String) throws -> Set<String> {
    Set(
      try text(sample).split(separator: "\n").compactMap { line in
        let line = line.hasPrefix("#") && !line.hasPrefix("# ") ? line.dropFirst() : line
        return line.hasPrefix("#") || line.hasPrefix("[")
          ? nil : line.split(separator: " ").first.map(String.init)
      })
  }

  /// The parts of manuals and README that are made from the tables. `RECORD=1` makes them anew.
  @Test(arguments: [
    ("Documentation/man/apus-node.conf.5", "munin-node.conf", DirectivePages.node),
    ("Documentation/man/apus-node.conf.5", "plugin-conf.d", DirectivePages.plugin),
    ("Documentation/man/apus-munin.conf.5", "munin.conf", DirectivePages.master),
  ])
  func manualsSayWhatTheTablesSay(page: String, file: String, part: String) throws {
    let whole = try #require(
      try text(page).replacing(
        between: ".\\\" Directives of \(file), made from Sources/Settings by RECORD=1 swift test:",
        and: ".\\\" End of the directives of \(file).", with: part), "\(page): no marks")
    try expectGolden(whole, Self.project.appending(path: page).path)
  }

  @Test func theReadmeSaysWhatTheTableSays() throws {
    let whole = try #require(
      try text("README.md").replacing(
        between:
          "<!-- directives of munin.conf: made from Sources/Settings by RECORD=1 swift test -->",
        and: "<!-- end of the directives -->", with: DirectivePages.readme), "README.md: no marks")
    try expectGolden(whole, Self.project.appending(path: "README.md").path)
  }

  @Test func theManualNamesTheStatesThatAreKnown() throws {
    let sentence = "Known are \(StateField.inWords)."
      .replacing(/`([^`]*)`/) { "\\fB\($0.output.1)\\fP" }
    let page = try text("Documentation/man/apus-munin.conf.5")
    #expect(page.replacing("\\-", with: "-").contains("\n\(sentence)\n"), "\(sentence)")
  }

  @Test func everyDirectiveOfTheNodeIsInTheSample() throws {
    let found = try directives(of: "munin-conf/munin-node.conf")
    for word in NodeDirectives.words { #expect(found.contains(word), "\(word)") }
    let words = try directives(of: "munin-conf/plugin-conf.d/apus")
    for word in PluginDirectives.words { #expect(words.contains(word), "\(word)") }
  }

  /// Directives of the top level, of nodes and of contacts; those of graphs and fields by example.
  @Test func everyDirectiveOfTheCollectorIsInTheSample() throws {
    let found = try directives(of: "munin-conf/munin.conf")
    for one in MasterDirectives.sections.flatMap(\.directives) {
      switch one.levels {
      // One that may also stand at a graph is one of a graph.
      case let levels where levels.contains(.service) || levels == .field: continue
      case .contact: #expect(found.contains { $0.hasSuffix(".\(one.word)") }, "\(one.word)")
      default:
        #expect(
          found.contains(one.word) || found.contains { $0.hasSuffix(".\(one.word)") },
          "\(one.word)")
      }
    }
  }

  @Test func everyDirectiveOfOurOwnIsInTheReadme() throws {
    let readme = try text("README.md")
    let own = (NodeDirectives.sections + MasterDirectives.sections).flatMap(\.directives)
      .filter(\.isOwn)
    #expect(own.count > 12)
    for one in own where one.levels != .contact {
      #expect(readme.contains("`\(one.word) "), "\(one.word)")
    }
  }

  /// The defaults that the tables show are those of the program.
  @Test func theTablesShowTheDefaults() throws {
    let node = NodeSettings()
    try expectDefaults(
      NodeDirectives.sections,
      [
        "port": "\(node.port)", "timeout": "\(node.timeout)",
        "global_timeout": "\(node.globalTimeout)", "idle_timeout": "\(node.idleTimeout)",
        "max_servers": "\(node.maxServers)", "log_level": "\(node.logLevel)",
        "max_connections_per_peer": "\(node.maxConnectionsPerPeer)",
        "max_connection_rate": "\(node.maxConnectionRate)",
        "tls_verify_depth": "\(node.tls.verifyDepth)", "tls": node.tls.mode.rawValue,
        "tls_private_key": node.tls.privateKey, "tls_certificate": node.tls.certificate,
        "tls_ca_certificate": node.tls.caCertificate, "syslog_ident": node.syslogIdentity,
        "syslog_facility": node.syslogFacility.rawValue,
        "default_plugin_user": node.defaultPluginUser,
        "default_plugin_group": node.defaultPluginGroup,
        "stock_plugins": node.stockPlugins.rawValue,
        "tls_verify_certificate": word(node.tls.verifyCertificate),
        "reverse_lookups": word(node.reverseLookups), "paranoia": word(node.paranoia),
        "double_reverse_lookups": word(node.doubleReverseLookups), "setsid": word(node.setsid),
        "background": word(node.background),
      ])
    let master = MasterSettings()
    let listen = try #require(master.webListen)
    let host = HostSettings(groups: ["g"], name: "h")
    let contact = Contact(name: "c")
    try expectDefaults(
      MasterDirectives.sections,
      [
        "dbdir": master.databaseDirectory, "update_rate": "\(master.updateRate)",
        "graph_data_size": "\(master.graphDataSize)", "timeout": "\(master.connectTimeout)",
        "timeout_fetch_one_node": "\(master.nodeTimeout)",
        "rrd_write": master.rrdWrite.rawValue, "journal_sync": "\(master.journalSync)",
        "config_every": "\(master.configEvery)",
        "web_listen": "\(listen)", "log_level": "\(master.logLevel)",
        "group_wait": "\(master.groupWait)", "mail_format": contact.mailFormat.rawValue,
        "max_messages": "\(contact.maxMessages ?? 0)", "webhook_type": contact.webhook.type,
        "tell": Contact.ToldStep.allCases.filter(contact.tell.contains).map(\.rawValue)
          .joined(separator: " "),
        "syslog_ident": master.syslogIdentity, "syslog_facility": master.syslogFacility.rawValue,
        "port": "\(host.port)", "update": word(host.update),
        "use_node_name": word(host.useNodeName), "use_default_node": word(host.useDefaultNode),
        "tls": host.tls.mode.rawValue, "tls_private_key": host.tls.privateKey,
        "tls_certificate": host.tls.certificate, "tls_ca_certificate": host.tls.caCertificate,
        "tls_verify_certificate": word(host.tls.verifyCertificate),
        "tls_verify_depth": "\(host.tls.verifyDepth)",
      ])
  }

  private func word(_ flag: Bool) -> String { flag ? "yes" : "no" }

  private func expectDefaults(_ sections: [DirectiveSection], _ values: [String: String]) throws {
    let rows = sections.flatMap(\.directives)
    for (word, value) in values {
      let row = try #require(rows.first { $0.word == word }, "\(word)")
      #expect(row.standard == value, "\(word)")
    }
  }

  /// Every word of the table is taken where the table says, and makes no warning there.
  @Test func everyDirectiveOfTheCollectorIsAcceptedWhereItTakesEffect() {
    let values = [
      "NUMBER": "4", "SECONDS": "60", "YES|NO": "yes", "WORD": "word", "PATH": "/path",
      "TEXT": "text",
      "RANGE": ":5", "NUMBER|U": "5", "COLOUR": "00ff00", "STYLE": "LINE1", "LAYOUT": "huge",
      "HOST:PORT": "127.0.0.1:0", "NAME": "daemon",
      "LEVELS": "critical", "NAME...": "none", "second|minute|hour": "hour", "REGEX": "x",
      "behind|direct|off": "direct", "PATH|HOST:PORT": "/run/rrdcached.sock",
      "DURATION": "4h", "N in DURATION|no": "3 in 1h",
      "TIMES": "Sun 02:00-04:00, Mon-Fri 22:00-07:00",
      "ZONE": "Europe/Berlin", "HH:MM|hourly": "08:00", "STEPS": "critical ok",
      "DURATION NAME": "30m boss", "URL": "https://munin.example.com", "TYPE": "text/plain",
      "NAME: TEXT": "Title: x;;Priority: 5", "[GET|POST] URL": "POST https://example.com/x",
      "HH:MM NAME...": "08:00 me", "smtp://HOST:PORT...": "smtp://localhost",
      "N of M": "2 of 3", "YES|NO|DURATION": "6h", "RANGE/TIME": ":50/min", "NODE": "r",
      "auto|required|off": "auto", "both|text": "text",
    ]
    // What a word makes no sense without.
    let contexts = [
      "webhook_text": "contact.me.webhook http://x\n",
      "webhook_type": "contact.me.webhook http://x\n",
      "webhook_header": "contact.me.webhook http://x\n",
      "webhook_secret_file": "contact.me.webhook http://x\n",
      "ignore": "contact.me.digest hourly\n",
      "ignore_file": "contact.me.digest hourly\n", "smtp_user": "smtp_password_file /x\n",
      "smtp_password_file": "smtp_user u\n",
    ]
    for one in MasterDirectives.sections.flatMap(\.directives) {
      let value =
        switch one.word {
        case "tls": "auto"
        case "type": "DERIVE"
        case "address", "local_address": "192.0.2.1"
        case "email", "smtp_from", "smtp_envelope_from": "a@b"
        case "clear", "clear_critical": ":4"
        case "digest": "hourly"
        default: values[one.placeholder] ?? "(no value)"
        }
      for (level, line) in [
        (KnownDirective.Levels.root, "\(one.word) \(value)"),
        (.group, "g;\(one.word) \(value)"), (.node, "g;h:\(one.word) \(value)"),
        (.service, "g;h:s.\(one.word) \(value)"), (.field, "g;h:s.f.\(one.word) \(value)"),
        (.contact, "contact.me.\(one.word) \(value)"),
      ] {
        // `a.b.word` may be a field's or a nested service's.
        let isRight =
          one.levels.contains(level) || (level == .field && one.levels.contains(.service))
        let context = "g;r:address 192.0.2.2\ng;h:address 192.0.2.1\n" + (contexts[one.word] ?? "")
        let text =
          "contact.me.command x\ncontact.boss.command x\n\(level == .contact ? context : "")\(line)\n"
          + (level == .contact ? "" : context)
        let parsed = MasterSettings.parse([SettingsFile(name: "m", text: text)])
        #expect(parsed.problems.isEmpty, "\(line): \(parsed.problems)")
        let number = text.split(separator: "\n").firstIndex { $0 == line }.map { $0 + 1 }
        let warnings = parsed.warnings.filter { $0.line == number }
        #expect(warnings.count == (isRight ? 0 : 1), "\(line): \(warnings)")
      }
    }
  }

  /// The words of munin that munin-update accepts are all known.
  @Test func noWordOfMuninIsMissing() {
    let words = """
      address always_send category_order cdef cdef_name cgitmpdir cgiurl cgiurl_graph colour command compare
      contact contacts create_args critical dbdir domain_order draw dropdownlimit extinfo fetch_data filename
      fork graph graphable graph_args graph_args_after graph_category graph_data_size graph_future
      graph_height graph_info graph_noscale graph_order graph_period graph_printf graph_scale graph_sources
      graph_strategy graph_sums graph_title graph_total graph_vlabel graph_vtitle graph_width group_order
      host_name htaccess htmldir html_rename html_strategy includedir info label line local_address logdir
      max max_cgi_graph_jobs max_graph_jobs max_html_jobs max_messages max_processes max_size_x max_size_y
      min munin_cgi_graph_jobs nagios ncsa ncsa_config ncsa_server negative node_order notify_alias nsca
      nsca_config nsca_server num_messages num_unknowns ok onlynullcdef palette pipe pipe_command port
      predict process realname realservname rrdcached_socket rundir service_order skipdraw ssh_command
      ssh_options stack state staticdir sum text timeout timeout_fetch_one_node timeout_fetch_all_nodes tls
      tls_ca_certificate tls_certificate tls_match tls_pem tls_private_key tls_verify_certificate
      tls_verify_depth tmpldir trend type unknown unknown_limit update update_rate use_default_name
      use_node_name use_default_node version warn warning worker_start_delay
      """.split(whereSeparator: \.isWhitespace).map(String.init)
    for word in words { #expect(MasterDirectives.words.contains(word), "\(word)") }
    let own = MasterDirectives.sections.flatMap(\.directives).filter(\.isOwn).map(\.word)
    #expect(Set(MasterDirectives.words).subtracting(words).subtracting(own) == [])
  }
}
