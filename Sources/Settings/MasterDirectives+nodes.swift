/// How nodes are reached.
extension MasterDirectives {
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
        "notify_alias", .text, default: "the name itself", at: [.group, .node, .service],
        "Name of the group, the node or the service in messages."),
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
}
