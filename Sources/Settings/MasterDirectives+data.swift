/// Where data are kept and shown, and how often nodes are polled.
extension MasterDirectives {
  static let data = DirectiveSection(
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
        their times is fetched at the node's rate. A node's own rate below 10 s is used as it is, and told: time limits and messages are made \
        for 10 s and more. With `aligned` behind it, as in `5m aligned`, times are rounded down to its multiples.
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
        read the files with programs of their own. `off` records nothing. `apus-collector poll` leaves values in the journal only where \
        `behind` is written in munin.conf (each node's files have their minute of the hour); else it writes them before it ends.
        """),
      KnownDirective(
        "rrdcached_socket", .socket,
        "Where an rrdcached listens that values are given to, in place of writing files: a path, `unix:/path` or `host:port`.",
        """
        Values are given as `rrd_write` says, all of a node in one BATCH, and rrdcached writes them into the files at once (FLUSH): it may be \
        shared with other programs, and saves no work here, because `behind` gathers values by itself. Both together need a \
        fifth more CPU time than the collector alone, with one write thread (rrdcached's option `-t 1`) a twentieth. Polls stay in the \
        journal until rrdcached has answered and the files are on the disk. It must be allowed to write below `dbdir`, and the collector makes the files \
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
        "Where the pages are served; `none` for nowhere."),
      KnownDirective(
        "web_url", .webURL, default: "where they are served", isOwn: true,
        "Address under which people reach the pages, such as `https://munin.example.com`: the one in mails, also of the page with the buttons that acknowledge and silence.",
        """
        Its host is accepted as a name of the pages, as a proxy in front of them sends it. Where it has a path, as in `https://example.com/munin`, all links begin with it, and the pages answer with it and without it: the proxy may pass it on or remove it. (The page of a group that is named as the path is found only behind a proxy that passes it on.)
        """
      ),
    ])
}
