internal import Terminal

let program = "apus-collector"
let usage = Usage(
  program: program, summary: "polls munin nodes, keeps RRD files, mails alerts, shows graphs",
  commands: [
    ("run", "poll until SIGTERM, and serve the pages"),
    ("poll", "poll every node once, try to deliver the mails, and exit (for cron)"),
    ("check", "read all settings and say what is wrong"),
    ("fsck", "look at every RRD file and say what is wrong"),
    (
      "alerts",
      "list, history [TARGET], silence TARGET TIME, unsilence TARGET, ack NUMBER, test-mail NAME (a contact)"
    ),
    (
      "backtest", "TARGET: say which incidents and messages limits would have caused in the history"
    ),
    ("suggest", "TARGET: propose limits from the history, as lines for munin.conf"),
    ("nagios-check", "TARGET: say how it is, as a plugin of Nagios does"),
    ("why", "TARGET: say why a node, a graph or a field is as it is, and what comes next"),
    (
      "history",
      "rename OLD NEW, export TARGET, import DIR (a munin's dbdir), forget TARGET"
    ),
  ],
  options: [
    .init("config", "FILE", "settings (default /etc/munin/munin.conf, where it exists)"),
    .init("verbose", nil, "print a line for each cycle"),
    .init("write", nil, "also write what waits in the journal into the files", of: "poll"),
    .init("repair", nil, "mend what can be mended (no collector may run)", of: "fsck"),
    .init(
      "yes", nil, "rename, import, forget: do it; without this only what would be done is said",
      of: "history"),
    .init("why", "TEXT", "silence, ack: the reason, for the log and for others", of: "alerts"),
    .init(
      "since", "TIME", "how much of the history: 90d (default 30d)", of: "backtest", "suggest",
      "alerts"),
    .init("by", "UNIT", "history: the availability of each day, month or year", of: "alerts"),
    .init("warning", "RANGE", "another warning than today's", of: "backtest"),
    .init("critical", "RANGE", "another critical than today's", of: "backtest"),
    .init(
      "hold", "N/M", "how many of the last M runs have to be bad for a warning", of: "backtest"),
    .init("format", "FORMAT", "export: csv (default), jsonl or openmetrics", of: "history"),
    .init(
      "from", "TIME", "export: from this time on, as rrdtool takes it: -7d, 20261101", of: "history"
    ),
    .init("to", "TIME", "export: until this time (default now)", of: "history"),
    .init(
      "tree", nil, "also show groups, nodes and services with what is set and where", of: "check"),
    .init(
      "json", nil, "print all of it as JSON, for programs (alerts: history)", of: "check", "alerts"),
  ],
  notes: """
    Without any settings, the node on 127.0.0.1:4949 is polled and the pages are on 127.0.0.1:4950.
    While it runs, changed settings are noticed, SIGHUP reads them again, and SIGUSR1 opens the log anew.
    A TARGET is GROUP;HOST, GROUP;HOST:SERVICE or GROUP;HOST:SERVICE.FIELD; of history and nagios-check also GROUP.
    Exit status: 0 done, 1 failed, 2 wrong usage or settings; of nagios-check that of Nagios: 0 ok, 1 warning, 2 critical, 3 unknown.
    """)
