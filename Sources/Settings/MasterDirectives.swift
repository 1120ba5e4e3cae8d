/// The directives of munin.conf.
///
/// munin's own that have no effect yet stand here too, with the reason: a file of munin's is accepted, and
/// what it leaves without effect is told.
public enum MasterDirectives {
  static let place = DirectiveSection(
    "Data and polling",
    [
      KnownDirective(
        "dbdir", .folder, default: "/var/lib/munin",
        "Folder of the RRD files and of the collector's own state.",
        "In a folder that munin has written, its files are continued."),
      KnownDirective(
        "includedir", .folder,
        "Every file of this folder but `.*` and `*~` is read as if it stood at the end of this one, in the order of the names.",
        "It has no effect in an included file."),
      KnownDirective(
        "update_rate", .rate, default: "300", at: [.polling, .service],
        "Seconds between two polls of a node; `5m` is 300.",
        """
        It may also stand at a group, a node or a service. A plugin's own `update_rate` goes before all but that of the service itself. \
        A new file has this step when `graph_data_size` is `custom`, otherwise always 300 s. A node is polled at the rate of its fastest \
        service, from 10 s up, and only the services that are due are fetched; a plugin that collects values itself and sends them with \
        their times is fetched at the node's rate. With `aligned` behind it, as in `5m aligned`, times are rounded down to its multiples.
        """),
      KnownDirective(
        "config_every", .whole(1...1000), default: "12", isOwn: true,
        "In one poll of how many a service is asked for its config, after an hour at the latest; 1 asks in each poll, as munin-update does.",
        """
        A changed title or limit of a plugin is taken over then. A service is asked at once when its values name a field that its config \
        does not, or lack one, when it failed, when the node lists other services, was not reachable or has been reloaded here. Plugins \
        that send their values with the config are asked in each poll, and `apus-collector poll` always asks.
        """),
      KnownDirective(
        "graph_data_size", .layout, default: "normal", at: .all,
        "How much history a new RRD file keeps: `normal`, `huge` or `custom` and a list.",
        """
        `normal` keeps 2 days of every value, 9 days of half hours, 45 days of 2 hours, 450 days of days. `huge` keeps 400 days of \
        every value. In `custom 1d, 5m for 7d, 1h for 1y` the first entry says how long every value is kept, each other one gives a \
        resolution and how long it is kept; `custom 576, 6 432` gives rows, and steps and rows. Existing files stay as they are. \
        It may also stand at a group, a node, a service or a field. A plugin's own goes before all but those of the service and the field.
        """),
      KnownDirective(
        "rrd_write", .choice(RRDWriting.allCases.map(\.rawValue)), default: "behind", isOwn: true,
        "When RRD files are written: `behind`, `direct` or `off`.",
        """
        Each poll is in the journal, in the ledger, at once. `behind` writes twelve values of a file together, after an hour at the \
        latest, and before a page or a mail shows it: the disk has a tenth of the work. `direct` writes after each poll, for those who \
        read the files with programs of their own. `off` records nothing.
        """),
      KnownDirective(
        "rrdcached_socket", .socket,
        "Where an rrdcached listens that values are given to, in place of writing files: a path, `unix:/path` or `host:port`.",
        """
        Values are given as `rrd_write` says, all of a node in one BATCH, and rrdcached writes them into the files at once (FLUSH): it may be \
        shared with other programs, and saves no work here, because `behind` gathers values by itself. Polls stay in the journal until \
        rrdcached has answered and the files are on the disk. It must be allowed to write below `dbdir`, and the collector makes the files \
        there. An rrdcached on another machine gets their names relative to `dbdir`, and has to make them itself (its options -b and -R); \
        the pages show graphs only of files that are in `dbdir` too, and its disk is not synced. An rrdcached that is killed while it \
        writes may leave one file with a wrong consolidation: the collector's own writing is protected from that, rrdcached's is not.
        """),
      KnownDirective(
        "journal_sync", .whole(0...60), default: "1", isOwn: true,
        "Seconds that a poll in the journal may wait for the disk: what a loss of power may cost. A killed collector loses nothing."
      ),
      KnownDirective(
        "datafile", .flag, default: "yes where munin has written them", isOwn: true,
        "Whether `dbdir` gets munin's `datafile`, `datafile.storable` and `munin-update.stats`.",
        """
        munin-html and munin-graph draw from them, and munin-update goes on with them. The first two are written after a cycle in which \
        a node has said something new of its graphs, at most once in 5 minutes; the last one after each cycle. `extinfo` that came with values is not in them.
        """),
      KnownDirective(
        "rundir", .folder, default: "/var/run/munin",
        "Folder of munin's lock files: the collector does not start while munin-update holds one."),
      KnownDirective(
        "timeout", .seconds, default: "180",
        "Seconds to wait for a connection to a node: an upper bound of a quarter of `update_rate`."),
      KnownDirective(
        "timeout_fetch_one_node", .seconds, default: "180",
        "Seconds for the whole dialogue with a node: an upper bound of nine tenths of `update_rate`, and of a third of it for each answer."
      ),
    ])

  static let pages = DirectiveSection(
    "Pages",
    [
      KnownDirective(
        "web_listen", .listen, default: "127.0.0.1:4950", isOwn: true,
        "Where the pages are served; `none` for nowhere.")
    ])

  static let nodes = DirectiveSection(
    "Nodes",
    introduction:
      "All but `address` and `notify_alias` may also stand at a group or at the top level, for all nodes below.",
    [
      KnownDirective(
        "address", .address, at: .node,
        "How the node is reached: a name, an IPv4 address, an IPv6 address in brackets or without, `munin://host:port`, `unix:///path`, `ssh://user@host:port/command arguments` or `cmd:///command arguments`.",
        """
        A node without a valid address is not polled. Of a name with several addresses the first that answers is used; the next one \
        is tried after a quarter of a second. The addresses of a name are used for 5 minutes, and longer while the name server \
        does not answer. `ssh://` runs the command on the other machine, `cmd://` on this one; both have to speak the protocol on stdin \
        and stdout, as `apus-node stdio` does. What they write to stderr is in the message when a poll fails.
        """
      ),
      KnownDirective(
        "port", .port, default: "4949", at: .polling, "Port of a node whose `address` names none."),
      KnownDirective(
        "update", .flag, default: "yes", at: .polling,
        "Whether the node is polled. `no` makes a place for graphs of other nodes' data."),
      KnownDirective(
        "use_node_name", .flag, default: "no", at: .polling,
        "Ask for the services of the name that the node shows in its banner, instead of the section's name."
      ),
      KnownDirective(
        "use_default_node", .flag, default: "no", at: .polling,
        "Ask for the node's own services without giving a name."),
      KnownDirective(
        "local_address", .localAddress, default: "any", at: .polling,
        "Address of this machine that connections to the node come from; `0` is any."),
      KnownDirective(
        "ssh_command", .text, default: HostSettings.standardSSH.command, at: .polling,
        "Program that reaches a node by `ssh://`.",
        "A shell runs `ssh_command ssh_options -p PORT user@host command arguments`, as in munin; the port is 22 unless the address names one. While the collector runs, an ssh waits for the node's next poll, up to 15 minutes."
      ),
      KnownDirective(
        "ssh_options", .text, default: HostSettings.standardSSH.options, at: .polling,
        "Options of `ssh_command`.",
        "munin's default accepts the key of any host that is not known yet; `-o BatchMode=yes -o StrictHostKeyChecking=yes` does not."
      ),
      KnownDirective(
        "notify_alias", .text, default: "the node's name", at: .node,
        "Name of the node in messages."),
    ])

  static let encryption = DirectiveSection(
    "Encryption of connections to nodes",
    introduction: "All may stand at the top level, at a group or at a node.",
    [
      KnownDirective(
        "tls", .other("WORD"), default: "disabled", at: .polling,
        "`disabled`; `auto`: encrypted when the node can; `enabled`: always; `paranoid`: always, and the node's certificate has to verify."
      ),
      KnownDirective(
        "tls_private_key", .path, default: "/etc/munin/munin.pem", at: .polling,
        "The collector's private key, in PEM."),
      KnownDirective(
        "tls_certificate", .path, default: "/etc/munin/munin.pem", at: .polling,
        "The collector's certificate, in PEM."),
      KnownDirective(
        "tls_ca_certificate", .path, default: "/etc/munin/cacert.pem", at: .polling,
        "Certificate of the authority that nodes' certificates have to come from."),
      KnownDirective(
        "tls_verify_certificate", .flag, default: "no", at: .polling,
        "Whether a node's certificate has to verify."),
      KnownDirective(
        "tls_verify_depth", .whole(0...100), default: "5", at: .polling,
        "How many certificates may stand between a node's and the authority's."),
      KnownDirective(
        "tls_match", .other("REGEX"), at: .polling,
        "Perl regular expression that has to be found in the lines `Subject Name: NAME` or `Issuer  Name: NAME` of a node's certificate."
      ),
    ])

  static let contacts = DirectiveSection(
    "Contacts",
    introduction: "A contact is made by the lines `contact.NAME.word` before the first section.",
    [
      KnownDirective(
        "email", .mailAddress, at: .contact, isOwn: true,
        "Mail address that the collector writes to itself, by `smtp_server`."),
      KnownDirective(
        "command", .text, at: .contact,
        "Shell command that gets each message on its standard input; may hold munin's `${var:host}` and the like."
      ),
      KnownDirective(
        "text", .text, at: .contact,
        "Template of the message for `command`, in munin's language. That of the contact `default` is for all."
      ),
      KnownDirective(
        "always_send", .severities, at: .contact,
        "Levels that are told again at each poll: a list of `ok`, `warning`, `critical`, `unknown`.",
        "For the contact `nagios` the default is `critical warning`."),
      KnownDirective(
        "contacts", .other("NAME..."), default: "every contact",
        at: [.root, .group, .node, .service],
        "Who is told about what is below; `none` or `no` is nobody."),
      KnownDirective(
        "smtp_server", .mailServer, default: "smtp://127.0.0.1:25", isOwn: true,
        "Mail server for contacts with an `email`."),
      KnownDirective(
        "smtp_from", .mailAddress, default: "apus@ and the machine's name", isOwn: true,
        "Sender of those mails."),
      KnownDirective(
        "nsca", .text,
        "Program `send_nsca`: makes the contact `old-nagios`, as munin does."),
      KnownDirective("nsca_server", .text, "Its server."),
      KnownDirective("nsca_config", .text, "Its settings file."),
    ])

  static let log = DirectiveSection(
    "Log and process",
    [
      KnownDirective(
        "log_file", .logFile, default: "standard error", isOwn: true,
        "Where messages go: a file, or `Sys::Syslog` for syslog."),
      KnownDirective(
        "log_level", .whole(0...4), default: "2", isOwn: true,
        "How much is logged: 0 failures, 1 warnings, 2 changes of state, 3 also each poll with its duration, 4 also each service with its values and each request for a page."
      ),
      KnownDirective(
        "syslog_ident", .word, default: "apus-collector", isOwn: true,
        "Name of the program in syslog."),
      KnownDirective(
        "syslog_facility", .facility, default: "daemon", isOwn: true,
        "Facility in syslog: `daemon`, `user`, `local0` to `local7` or another of syslog's."),
      KnownDirective(
        "pid_file", .path, default: "none", isOwn: true,
        "File that the process number is written to, locked while the collector runs."),
    ])

  static let limits = DirectiveSection(
    "Limits",
    introduction: """
      They may stand at every level. As in munin, those of a node or above reach only graphs of which a field, or the graph \
      itself, has a limit.
      """,
    [
      KnownDirective(
        "warning", .range, at: .all,
        "Range of good values: `max`, `min:max`, `min:` or `:max`; outside the field is in warning."
      ),
      KnownDirective("critical", .range, at: .all, "The same for critical."),
      KnownDirective(
        "unknown_limit", .whole(0...1_000_000), default: "3", at: .all,
        "How many unknown values in a row are tolerated before the field is unknown."),
    ])

  static let graphs = DirectiveSection(
    "Graphs",
    introduction:
      """
      At a service, as `SERVICE.word` in the section of a node: each replaces what the plugin says. Those of which the list below does \
      not say otherwise may also stand at a node, a group or the top level, for all graphs below that say nothing.
      """,
    [
      KnownDirective("graph_title", .text, at: .service, "Title. Only at a service."),
      KnownDirective("graph_category", .text, at: .graphs, "Category on the pages."),
      KnownDirective(
        "graph_info", .text, at: .service, "Text on the graph's page. Only at a service."),
      KnownDirective("graph_vlabel", .text, at: .graphs, "Label of the vertical axis."),
      KnownDirective("graph_vtitle", .text, at: .graphs, "Old name of `graph_vlabel`."),
      KnownDirective("graph_args", .text, at: .graphs, "Options for rrdtool's graph command."),
      KnownDirective("graph_args_after", .text, at: .graphs, "The same, put after all others."),
      KnownDirective(
        "graph_order", .text, default: "as the plugin lists them", at: .service,
        "Order of the fields; `-FIELD` hides one, `NAME=PATH` borrows one of another graph. Only at a service.",
        "PATH is `FIELD`, `SERVICE.FIELD`, `HOST:SERVICE.FIELD` or `GROUP;HOST:SERVICE.FIELD`."),
      KnownDirective(
        "graph_sources", .text, at: .service,
        "Fields that are used by others and not drawn, as `-FIELD` in `graph_order`. Only at a service."
      ),
      KnownDirective("graph_total", .text, at: .graphs, "Label of a line with the sum."),
      KnownDirective(
        "graph_scale", .flag, default: "yes", at: .graphs,
        "Whether numbers are shown with SI prefixes."),
      KnownDirective(
        "graph_noscale", .flag, default: "no", at: .graphs, "Old opposite of `graph_scale`."),
      KnownDirective(
        "graph_period", .choice(["second", "minute", "hour"]), default: "second", at: .graphs,
        "Unit of time of rates."),
      KnownDirective(
        "graph_printf", .text, default: "%6.2lf", at: .graphs, "Format of numbers in the legend."),
      KnownDirective(
        "graph_width", .whole(1...20_000), default: "400", at: .graphs,
        "Width of the drawing in pixels."),
      KnownDirective(
        "graph_height", .whole(1...20_000), default: "175", at: .graphs,
        "Height of the drawing in pixels."),
    ])

  static let fields = DirectiveSection(
    "Fields",
    introduction: """
      At a field, as `SERVICE.FIELD.word` in the section of a node: each replaces what the plugin says. `type`, `min`, `max` and `draw` \
      may also stand at a service, for its fields that say nothing. munin-update makes no use of the first three; here they count for the files too.
      """,
    [
      KnownDirective(
        "type", .choice(["GAUGE", "DERIVE", "COUNTER", "ABSOLUTE"]), default: "GAUGE",
        at: [.service, .field],
        "What the values are: `GAUGE`, `DERIVE`, `COUNTER` or `ABSOLUTE`.",
        "A changed type renames the file, as in munin, and changes the type inside it."),
      KnownDirective(
        "min", .bound, default: "U", at: [.service, .field],
        "Smallest value that is stored, others are unknown; `U` is no limit.",
        "It is changed in a file that exists. Of limits that contradict each other, one or both are ignored."
      ),
      KnownDirective(
        "max", .bound, default: "U", at: [.service, .field], "The same for the largest value."),
      KnownDirective(
        "oldname", .word, at: .field, isOwn: true,
        "Former name of the field: its file is renamed, as with a plugin's own `oldname`."),
      KnownDirective("label", .text, at: .field, "Text in the legend."),
      KnownDirective("info", .text, at: .field, "Text on the graph's page."),
      KnownDirective("extinfo", .text, at: .field, "Text that is added to messages."),
      KnownDirective(
        "draw", .draw, default: "LINE1", at: [.service, .field],
        "How the field is drawn: `LINE1`, `AREA`, `STACK`, `AREASTACK` or `LINESTACK1`."),
      KnownDirective(
        "colour", .colour, default: "next of the palette", at: .field,
        "Six hexadecimal digits, or `COLOUR` and a number of the palette."),
      KnownDirective("cdef", .text, at: .field, "What is drawn, in reverse Polish notation."),
      KnownDirective(
        "sum", .text, at: .field,
        "Makes the field the sum of fields of other graphs: a list of `PATH` as in `graph_order`.",
        "A member without a value does not count, and is named."),
      KnownDirective(
        "stack", .text, at: .field,
        "Draws fields of other graphs on top of each other: a list of `NAME=PATH`. The field itself is not drawn."
      ),
      KnownDirective(
        "onlynullcdef", .flag, default: "no", at: .field,
        "At a field of a stack: whether the `cdef` of the stack does not count for it."),
      KnownDirective(
        "negative", .text, at: .field, "Field that is drawn below zero beside this one."),
      KnownDirective(
        "graph", .graph, default: "yes", at: [.service, .field],
        "Whether the field is drawn; at a service, whether its graphs are among those of the node's page."
      ),
      KnownDirective("skipdraw", .flag, default: "no", at: .field, "Opposite of `graph`."),
      KnownDirective(
        "line", .text, at: .field,
        "Horizontal line: `value`, `value:colour` or `value:colour:label`."),
    ])

  /// The sections of the manual, in its order.
  public static let sections = [
    place, pages, nodes, encryption, contacts, log, limits, graphs, fields,
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
    ("each message runs its command once", ["max_messages"]),
    (
      "not built yet",
      [
        "category_order", "compare", "create_args", "domain_order", "dropdownlimit", "graph_future",
        "graph_sums", "group_order", "html_rename", "node_order", "palette", "predict",
        "service_order", "trend",
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
