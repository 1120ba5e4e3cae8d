/// The directives of munin-node.conf.
public enum NodeDirectives {
  private static var listening: DirectiveSection {
    DirectiveSection(
      "Where it listens",
      [
        KnownDirective(
          "host", .other("ADDRESS"), default: "*",
          "An address, a name, `*` for every address of IPv4 and IPv6, or the path of a unix socket (not known to munin-node).",
          "May be repeated. Without any settings file the default is 127.0.0.1."),
        KnownDirective(
          "port", .whole(0...65535), default: "4949", "TCP port.",
          "May be repeated: one for each `host`, in their order."),
        KnownDirective(
          "host_name", .other("NAME"), default: "the machine's own full name",
          synonyms: ["hostname"],
          "Name of the node in its banner and in answers."),
        KnownDirective(
          "listen", .whole(1...65535), default: "1024",
          "How many connections may wait to be accepted."),
      ])
  }

  private static var access: DirectiveSection {
    DirectiveSection(
      "Who may ask",
      introduction: """
        A match of `deny` or `cidr_deny` refuses; then a match of `allow` or `cidr_allow` accepts; everybody else is refused. \
        Without any of the four everybody may ask. A peer on a unix socket always may. A peer that is refused gets no byte.
        """,
      [
        KnownDirective(
          "allow", .other("REGEX"),
          "Perl regular expression for the whole address of a peer that may ask.",
          "May be repeated. An IPv4 address on an IPv6 socket is compared in its dotted form."),
        KnownDirective(
          "deny", .other("REGEX"), "The same for a peer that may not ask."),
        KnownDirective(
          "cidr_allow", .other("NETWORK"),
          "Network whose addresses may ask, such as 192.0.2.0/24.", "May be repeated."),
        KnownDirective("cidr_deny", .other("NETWORK"), "The same for those that may not ask."),
        KnownDirective(
          "reverse_lookups", .flag, default: "no",
          "Compare the expressions with the peer's host name too."),
        KnownDirective(
          "double_reverse_lookups", .flag, default: "no",
          "The same, only for a name that leads back to the address."),
      ])
  }

  private static var encryption: DirectiveSection {
    DirectiveSection(
      "Encryption",
      [
        KnownDirective(
          "tls", .other("WORD"), default: "auto",
          "`disabled` and `auto` take plain connections, and encrypted ones from a master that asks with STARTTLS; `enabled` takes only encrypted ones; `paranoid` also wants a certificate of the master that verifies."
        ),
        KnownDirective(
          "tls_private_key", .path, default: "/etc/munin/munin-node.pem",
          "The node's private key, in PEM.",
          "Without key and certificate the roles are swapped: the master shows its own."),
        KnownDirective(
          "tls_certificate", .path, default: "/etc/munin/munin-node.pem",
          "The node's certificate, in PEM.",
          "It may be followed by the certificates between it and the authority."),
        KnownDirective(
          "tls_ca_certificate", .path, default: "/etc/munin/cacert.pem",
          "Certificate of the authority that the master's certificate has to come from."),
        KnownDirective(
          "tls_verify_certificate", .flag, default: "no",
          "Whether the master's certificate has to verify."),
        KnownDirective(
          "tls_verify_depth", .whole(0...100), default: "5",
          "How many certificates may stand between the master's and the authority's."),
        KnownDirective(
          "tls_match", .other("REGEX"),
          "Perl regular expression that has to be found in the lines `Subject Name: NAME` or `Issuer  Name: NAME` of the master's certificate."
        ),
      ])
  }

  private static var limits: DirectiveSection {
    DirectiveSection(
      "Limits",
      [
        KnownDirective(
          "timeout", .seconds, default: "60", "Seconds that one plugin may run.",
          "Then its process group gets TERM and HUP, and KILL two seconds later. A process that has left the group, as a daemon does, is not ended."
        ),
        KnownDirective(
          "global_timeout", .seconds, default: "900", "Seconds that one connection may last."),
        KnownDirective(
          "idle_timeout", .seconds, default: "300", isOwn: true,
          "Seconds that a master may send nothing."),
        KnownDirective("max_servers", .whole(1...100_000), default: "256", "Connections at once."),
        KnownDirective(
          "max_connections_per_peer", .whole(1...100_000), default: "32", isOwn: true,
          "Connections at once from one address; loopback and unix sockets are exempt."),
        KnownDirective(
          "max_connection_rate", .whole(1...100_000), default: "50", isOwn: true,
          "New connections a second from one address; loopback and unix sockets are exempt."),
        KnownDirective(
          "max_plugins", .whole(1...1000), default: "the number of processors", isOwn: true,
          "Outside plugins that run at once for one connection."),
      ])
  }

  private static var plugins: DirectiveSection {
    DirectiveSection(
      "Plugins",
      [
        KnownDirective(
          "default_plugin_user", .word, default: "nobody", synonyms: ["default_client_user"],
          "User of plugins that have no `user` in plugin-conf.d."),
        KnownDirective(
          "default_plugin_group", .word, default: "munin", synonyms: ["default_client_group"],
          "Group of plugins that have no `group` in plugin-conf.d."),
        KnownDirective(
          "ignore_file", .other("REGEX"),
          "Perl regular expression for names of files in the plugin folder and in plugin-conf.d that are passed over.",
          "May be repeated."),
        KnownDirective(
          "paranoia", .flag, default: "no",
          "Refuse plugins and their settings unless they and their folders belong to root and nobody else may write them."
        ),
        KnownDirective(
          "stock_plugins", .choice(["builtin", "script"]), default: "builtin", isOwn: true,
          "Who answers for a link to a plugin that munin's package installed and nobody changed, where a built-in plugin has the same name: `builtin` answers in process, `script` runs the installed program.",
          "The conditions are in `apus-node`(8), STOCK PLUGINS."),
        KnownDirective(
          "plugin_state_dir", .path, default: "/var/lib/munin-node/plugin-state", isOwn: true,
          "Where plugins keep state, in a folder for each user.",
          "Under systemd the default is the folder `plugin-state` in its StateDirectory."),
      ])
  }

  private static var log: DirectiveSection {
    DirectiveSection(
      "Log",
      [
        KnownDirective(
          "log_file", .logFile, default: "standard error",
          "Where messages go: a file, or `Sys::Syslog` for syslog.",
          "Under systemd standard error is the journal. A file that was moved away is opened anew."),
        KnownDirective(
          "log_level", .whole(0...4), default: "2",
          "How much is logged: 0 failures, 1 warnings, 2 changes of state, 3 also connections, 4 everything."
        ),
        KnownDirective(
          "syslog_ident", .word, default: "munin-node", "Name of the program in syslog."),
        KnownDirective(
          "syslog_facility", .facility, default: "daemon",
          "Facility in syslog: user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp or local0 to local7."
        ),
      ])
  }

  private static var process: DirectiveSection {
    DirectiveSection(
      "Process",
      [
        KnownDirective(
          "user", .word, default: "unchanged",
          "User that the node becomes when it has opened its port.",
          "Only a node that stays root can run plugins as other users."),
        KnownDirective("group", .word, default: "unchanged", "The same for the group."),
        KnownDirective(
          "background", .flag, default: "no", "Leave the terminal. `--foreground` goes before it."),
        KnownDirective("setsid", .flag, default: "no", "Start a session of its own."),
        KnownDirective(
          "pid_file", .path, default: "none", "File that the process number is written to."),
        KnownDirective(
          "include_dir", .path, isOwn: true,
          "Every `*.conf` of this folder is read as if it stood at the end of the file, in the order of the names."
        ),
      ])
  }

  /// The sections of the manual, in its order. They are made anew each time: the node looks at them only
  /// while it reads its settings, and keeps none of it.
  public static var sections: [DirectiveSection] {
    [listening, access, encryption, limits, plugins, log, process]
  }

  /// munin-node's directives that have no effect, since they are about its own server library.
  public static let withoutEffect = [
    "check_for_dead", "chroot", "ipv", "proto", "spooldir", "syslog_logopt", "syslog_logsock",
  ]

  /// Every word, for suggestions.
  static var words: [String] { sections.flatMap(\.directives).map(\.word) + withoutEffect }
}
