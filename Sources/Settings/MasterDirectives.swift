/// The directives of munin.conf; each section stands in an extension of its own.
///
/// munin's own that have no effect yet stand here too, with the reason: a file of munin's is accepted, and
/// what it leaves without effect is told.
public enum MasterDirectives {
  /// The sections of the manual, in its order.
  public static let sections = [
    data, pages, nodes, encryption, contacts, choices, webhooks, mail, limits, incidents, graphs,
    fields,
    log,
  ]

  /// Words of munin's without effect, by the reason.
  public static let withoutEffect: [(reason: String, words: [String])] = [
    (
      "apus-collector polls all nodes at once, in one process",
      ["fork", "max_processes", "timeout_fetch_all_nodes", "worker_start_delay"]
    ),
    (
      "apus-collector serves its pages and graphs itself",
      [
        "cgitmpdir", "cgiurl", "cgiurl_graph", "graph_strategy", "html_strategy", "htaccess",
        "htmldir", "max_cgi_graph_jobs", "max_graph_jobs", "max_html_jobs", "max_size_x",
        "max_size_y", "munin_cgi_graph_jobs", "staticdir", "tmpldir",
      ]
    ),
    ("log_file says where messages go", ["logdir"]),
    (
      "not built yet",
      [
        "category_order", "compare", "create_args", "domain_order", "dropdownlimit", "graph_future",
        "graph_sums", "group_order", "html_rename", "node_order", "palette", "predict",
        "service_order",
      ]
    ),
    (
      "munin itself makes no use of it here",
      [
        "cdef_name", "contact", "fetch_data", "filename", "graphable", "host_name", "nagios",
        "ncsa",
        "ncsa_config", "ncsa_server", "num_messages", "num_unknowns", "ok",
        "pipe", "pipe_command", "process", "realname", "realservname", "state",
        "tls_pem", "unknown", "use_default_name", "version", "warn",
      ]
    ),
  ]

  /// By word.
  private static let table: [String: KnownDirective] = {
    var table: [String: KnownDirective] = [:]
    for one in sections.flatMap(\.directives) { table[one.word] = one }
    for (reason, words) in withoutEffect {
      for word in words { table[word] = KnownDirective(word, .text, at: [], reason) }
    }
    return table
  }()

  /// Every word that may end a key.
  static let words = table.keys.sorted()

  static func directive(_ word: String) -> KnownDirective? { table[word] }
}

extension KnownDirective {
  /// Words of munin.conf whose wrong values keep the collector from starting: munin-update refuses them as well, or does not know
  /// the word.
  var mustBeRight: Bool {
    isOwn || ["update", "use_node_name", "use_default_node"].contains(word)
  }

  /// Words of munin.conf that munin-update reads: it joins continued lines without the blanks at the
  /// beginning of the second, where the rest of munin keeps them.
  var isReadByUpdate: Bool {
    word.hasPrefix("tls") || word.hasPrefix("timeout") || word.hasPrefix("ssh_")
      || [
        "address", "dbdir", "fork", "graph_data_size", "includedir", "local_address", "port",
        "update", "update_rate", "use_default_node", "use_node_name",
      ].contains(word)
  }
}
