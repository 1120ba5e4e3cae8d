/// The words that may end a key of munin.conf, and what their values look like.
enum MasterWords {
  enum Kind {
    case text, word, flag, path, seconds, rate, port, mail
    case whole(ClosedRange<Int>)
    case choice([String])
    case dataSize, address, range, bound, colour, fieldType, draw, graph, tls, server, listen
    case logFile, facility
  }

  /// Known to munin, with values worth a look.
  private static let checked: [String: Kind] = [
    "dbdir": .path, "logdir": .path, "rundir": .path, "includedir": .path,
    "fork": .flag, "update": .flag, "use_node_name": .flag, "use_default_node": .flag,
    "use_default_name": .flag, "graph_scale": .flag, "graph_noscale": .flag, "graph_sums": .flag,
    "skipdraw": .flag, "onlynullcdef": .flag, "trend": .flag,
    "timeout": .seconds, "timeout_fetch_one_node": .seconds, "timeout_fetch_all_nodes": .seconds,
    "worker_start_delay": .whole(0...3600), "max_processes": .whole(1...100_000),
    "max_size_x": .whole(1...20_000), "max_size_y": .whole(1...20_000),
    "graph_width": .whole(1...20_000), "graph_height": .whole(1...20_000),
    "graph_future": .whole(0...1_000_000), "dropdownlimit": .whole(0...1_000_000),
    "unknown_limit": .whole(0...1_000_000), "max_messages": .whole(0...1_000_000),
    "update_rate": .rate, "graph_data_size": .dataSize, "address": .address, "port": .port,
    "graph_period": .choice(["second", "minute", "hour"]), "palette": .choice(["default", "old"]),
    "graph_strategy": .choice(["cron", "cgi"]), "html_strategy": .choice(["cron", "cgi"]),
    "warning": .range, "critical": .range, "min": .bound, "max": .bound, "colour": .colour,
    "type": .fieldType, "draw": .draw, "graph": .graph,
    "tls": .tls, "tls_private_key": .tls, "tls_certificate": .tls, "tls_ca_certificate": .tls,
    "tls_verify_certificate": .tls, "tls_verify_depth": .tls, "tls_match": .tls,
    // Not munin's.
    "web_listen": .listen, "smtp_server": .server, "smtp_from": .mail,
    "log_file": .logFile, "log_level": .whole(0...4), "pid_file": .path, "syslog_ident": .word,
    "syslog_facility": .facility,
  ]

  /// Known to munin, with any text as value.
  private static let free: Set<String> = Set(
    """
    always_send category_order cdef cdef_name cgitmpdir cgiurl cgiurl_graph command compare contact
    contacts create_args domain_order extinfo fetch_data filename graphable graph_args
    graph_args_after graph_category graph_info graph_order graph_printf graph_sources graph_title
    graph_total graph_vlabel graph_vtitle group_order host_name htaccess htmldir html_rename info
    label line local_address max_cgi_graph_jobs max_graph_jobs max_html_jobs munin_cgi_graph_jobs
    nagios ncsa ncsa_config ncsa_server negative node_order notify_alias nsca nsca_config
    nsca_server num_messages num_unknowns ok oldname pipe pipe_command predict process realname
    realservname rrdcached_socket service_order ssh_command ssh_options stack state staticdir sum
    text tls_pem tmpldir unknown version warn
    """.words { $0.isBlank || $0 == .newline })

  static func kind(of word: String) -> Kind? {
    checked[word] ?? (free.contains(word) ? .text : nil)
  }

  /// For suggestions.
  static let all = free.union(checked.keys).sorted()

  /// Words that say nothing about a single host: below a section they have no effect.
  static let global: Set = [
    "cgitmpdir", "cgiurl", "cgiurl_graph", "dbdir", "domain_order", "dropdownlimit", "fork",
    "html_strategy", "htmldir", "includedir", "log_file", "log_level", "logdir", "max_graph_jobs",
    "max_html_jobs", "max_processes", "max_size_x", "max_size_y", "nsca", "nsca_config",
    "nsca_server", "palette", "pid_file", "rrdcached_socket", "rundir", "smtp_from", "smtp_server",
    "staticdir", "syslog_facility", "syslog_ident", "timeout_fetch_all_nodes", "tmpldir",
    "web_listen", "worker_start_delay",
  ]
}

extension MasterWords {
  /// Throws what is wrong with the value of `word`, the last word of the directive's key.
  static func check(_ directive: Directive, as kind: Kind, word: String) throws(SettingProblem) {
    let value = try directive.text()
    switch kind {
    case .text: break
    case .word: _ = try directive.word("a word")
    case .flag: _ = try directive.flag()
    case .path: _ = try directive.absolutePath()
    case .logFile: _ = try directive.logFile()
    case .facility: _ = try directive.facility()
    case .seconds: _ = try directive.seconds()
    case .port: _ = try directive.whole("a port", in: 1...65535)
    case .mail: _ = try directive.mailAddress()
    case .whole(let range): _ = try directive.whole(in: range)
    case .choice(let words):
      guard words.contains(value) else { throw directive.expected(words.joined(separator: ", ")) }
    case .rate:
      guard updateRate(value) != nil else { throw directive.expected("seconds") }
    case .dataSize:
      guard GraphDataSize(value) != nil else {
        throw directive.expected("normal, huge or a list such as custom 1d, 5m for 7d")
      }
    case .address:
      guard NodeAddress(value) != nil else {
        throw directive.expected(
          "a name, an address, munin://host:port, unix:///path, ssh://host/command or cmd:///command"
        )
      }
    case .tls:
      var scratch = TLSSettings(mode: .disabled, pem: "/")
      try scratch.take(
        Directive(name: word, value: value, file: directive.file, line: directive.line))
    case .server:
      guard isMailServer(value) else { throw directive.expected("smtp://host:port") }
    case .listen:
      guard value == "none" || HostPort(value) != nil else {
        throw directive.expected("host:port or none")
      }
    default: try checkField(directive, as: kind)
    }
  }

  private static func checkField(_ directive: Directive, as kind: Kind) throws(SettingProblem) {
    let value = directive.value
    switch kind {
    case .range where !isRange(value):
      // munin reads such text silently as 0:0 and alerts on every value.
      throw directive.expected("a range such as 10, 5:10 or :10")
    case .bound where value != "U" && !isNumber(value[...]):
      throw directive.expected("a number or U")
    case .colour where !isColour(value):
      throw directive.expected("six hex digits or COLOUR and a number")
    case .fieldType where !["GAUGE", "DERIVE", "COUNTER", "ABSOLUTE"].contains(value.uppercased()):
      throw directive.expected("GAUGE, DERIVE, COUNTER or ABSOLUTE")
    case .draw where !isDraw(value):
      throw directive.expected("LINE1, AREA, STACK, AREASTACK or LINESTACK1")
    case .graph where value != "on-demand" && Directive.flag(value) == nil:
      throw directive.expected("yes, no or on-demand")
    default: break
    }
  }
}

extension MasterWords {
  /// `300`, `5m`, `1h aligned`.
  static func updateRate(_ text: String) -> Int? {
    let words = text.words()
    guard words.count == 1 || words.count == 2 && words[1] == "aligned" else { return nil }
    return seconds(words[0]).flatMap { $0 <= 604_800 ? $0 : nil }
  }

  static func isRange(_ text: String) -> Bool {
    let sides = text.split(separator: ":", omittingEmptySubsequences: false)
    return !text.isEmpty && sides.count <= 2 && sides.allSatisfy { $0.isEmpty || isNumber($0) }
  }

  /// Sign, digits, decimals, exponent.
  static func isNumber(_ text: Substring) -> Bool {
    var rest = text.utf8[...]
    func isSign(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
    func digits() -> Int {
      let found = rest.prefix(while: \.isDigit).count
      rest = rest.dropFirst(found)
      return found
    }
    if isSign(rest.first) { rest = rest.dropFirst() }
    var count = digits()
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      count += digits()
    }
    guard count > 0 else { return false }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if isSign(rest.first) { rest = rest.dropFirst() }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  private static func isColour(_ text: String) -> Bool {
    if text.hasPrefix("COLOUR") { return wholeNumber(text.dropFirst(6)) != nil }
    return [6, 8].contains(text.utf8.count)
      && text.utf8.allSatisfy {
        $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 0x20)
      }
  }

  private static func isDraw(_ text: String) -> Bool {
    let draw = text.uppercased()
    if ["AREA", "STACK", "AREASTACK"].contains(draw) { return true }
    for prefix in ["LINESTACK", "LINE"] where draw.hasPrefix(prefix) {
      let width = draw.dropFirst(prefix.count)
      return width.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
    }
    return false
  }

  private static func isMailServer(_ text: String) -> Bool {
    for scheme in ["smtp://", "smtps://"] where text.hasPrefix(scheme) {
      let place = String(text.dropFirst(scheme.count))
      let host = HostPort(place)?.host ?? HostPort.host(place)
      return host != nil && host != "*"
    }
    return false
  }
}
