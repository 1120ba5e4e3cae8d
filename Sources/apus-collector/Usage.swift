internal import Terminal

let program = "apus-collector"
let usage = Usage(
  program: program, summary: "polls munin nodes, keeps RRD files, mails alerts, shows graphs",
  commands: [
    ("run", "poll until SIGTERM, and serve the pages"),
    ("poll", "poll every node once, try to deliver the mails, and exit (for cron)"),
    ("check", "read all settings and say what is wrong"),
    ("fsck", "look at every RRD file and say what is wrong"),
  ],
  options: [
    .init("config", "FILE", "settings (default /etc/munin/munin.conf, where it exists)"),
    .init("verbose", nil, "print a line for each cycle"),
    .init("repair", nil, "mend what can be mended (no collector may run)", of: "fsck"),
  ],
  notes: """
    Without any settings, the node on 127.0.0.1:4949 is polled and the pages are on 127.0.0.1:4950.
    While it runs, SIGHUP reads the settings again and SIGUSR1 opens the log anew.
    Exit status: 0 done, 1 failed, 2 wrong usage or settings.
    """)
