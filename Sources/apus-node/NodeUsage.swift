internal import Terminal

let usage = Usage(
  program: program, summary: "answers munin masters about this machine",
  commands: [
    ("run", "run one plugin as the daemon would: run PLUGIN [config|autoconf|suggest] (munin-run)"),
    ("plugins", "list plugins, suggest them, print their manuals (munin-node-configure)"),
    ("tree", "the processes of web servers: tree [NAME]"),
    ("check", "read every setting, try every plugin, say what is wrong"),
    ("ntp", "the peers of the time daemon, as ntpq -p shows them: ntp [HOST]"),
    ("ups", "show one UPS: ups HOST|NAME@HOST|SERVICE [SETTING=VALUE...]"),
    ("stdio", "one master's dialogue on stdin and stdout, for ssh and inetd"),
  ],
  options: [
    .init("config", "FILE", "settings (default /etc/munin/munin-node.conf, where it exists)"),
    .init("servicedir", "DIR", "plugins (default /etc/munin/plugins, where it exists)"),
    .init(
      "sconfdir", "DIR", "plugins' settings (default /etc/munin/plugin-conf.d, where it exists)"),
    .init(
      "libdir", "DIR", "munin's own plugins (default /usr/share/munin/plugins, where it exists)"),
    .init("sconffile", "FILE", "one more file of plugins' settings, read last"),
    .init("paranoia", nil, "refuse plugins that others than root may change", negatable: true),
    .init("debug", nil, "tell more, on stderr", negatable: true),
    .init("pidebug", nil, "ask plugins to tell more (MUNIN_DEBUG)", negatable: true),
    .init("foreground", nil, "stay, whatever 'background' in the settings says", negatable: true),
    .init("suggest", nil, "which plugins fit this machine", of: "plugins"),
    .init("shell", nil, "the commands that link them, for sh", of: "plugins"),
    .init("remove-also", nil, "with --shell: also those that unlink the others", of: "plugins"),
    .init("families", "A,B", "of these families (auto, manual, contrib, ...)", of: "plugins"),
    .init("newer", "VERSION", "those that came after that version of munin", of: "plugins"),
    .init("doc", "NAME", "the manual of a built-in plugin", of: "plugins"),
    .init("as", "ADDRESS", "what a master at this address would see", of: "check"),
  ],
  notes: """
    Without a command it serves masters until SIGTERM; SIGHUP reads the settings again, SIGUSR1 opens the
    log anew. Without any plugin folder, all built-in plugins are served on 127.0.0.1:4949. Called through
    a link named like a built-in plugin (ln -s .../apus-node /etc/munin/plugins/load) it is that plugin.
    Exit status: 0 done, 1 failed, 2 wrong usage or settings, or a problem that check found.
    """, takesNoCommand: true)
