/// What belongs to one incident, when it is told, and who watches the collector.
extension MasterDirectives {
  static let incidents = DirectiveSection(
    "Incidents",
    [
      KnownDirective(
        "repeat", .duration, at: .all, isOwn: true,
        "Time after which an incident that lasts and is not acknowledged is told again, such as `4h`; each further time as well. At the top level it counts for the collector's own trouble, too.",
        "For a trouble that is easily forgotten, as a RAID with one disk less."
      ),
      KnownDirective(
        "flapping", .countInTimeOrNo, default: "3 in 1h", at: .graphs, isOwn: true,
        "How many beginnings in how much time make an incident flapping; that is told once, and once more when it is steady. `no` tells each. For nodes that are lost together what is set for the first of them counts.",
        "For a value that crosses its limit again and again, as swap does."),
      KnownDirective(
        "subject", .word, at: [.node, .service], isOwn: true,
        "Services of a node with the same subject share an incident: what becomes unknown in one because another has failed is not told by itself.",
        "For services that watch the same thing, such as a data base and the graphs of its tables. Of web servers, time daemons, UPSs, devices asked by SNMP and usual data bases the collector knows it."
      ),
      KnownDirective(
        "parent", .other("NODE"), at: [.group, .node], isOwn: true,
        "Node through which this one is reached, `group;host`, or `host` where no other node has the name: while that one does not answer, this one is part of its incident.",
        "For what stands behind a router or runs on a virtual machine's host."),
      KnownDirective(
        "maintenance", .spans, at: .graphs, isOwn: true,
        "Planned work, separated by commas: `Sun 02:00-04:00` each week, `2026-12-24 22:00-2026-12-25 06:00` once.",
        "What happens inside is logged and not told; what is still wrong at the end is told then. Of values of several services that became unknown together those whose service has planned work take no part until its end."
      ),
      KnownDirective(
        "timezone", .zone, default: "that of the machine",
        at: [.root, .group, .node, .contact], isOwn: true,
        "Time zone of `maintenance`, and as `contact.NAME.timezone` of `quiet` and `digest`: a name such as `Europe/Berlin`."
      ),
      KnownDirective(
        "group_wait", .durationOrZero, default: "10", isOwn: true,
        "Seconds that a message waits for more of the same group.",
        """
        The end of one of several incidents that one message told waits for the ends of the others, but not more than 10 minutes, so that \
        a site whose nodes return one by one is told once. The last of them is told at once, as the end of an incident that was told alone.
        """),
      KnownDirective(
        "own_contacts", .other("NAME..."), default: "every contact", isOwn: true,
        "Who is told of the collector's own trouble: a full disk, a mail server that does not answer, a contact whose command fails, a clock that jumped."
      ),
      KnownDirective(
        "heartbeat_url", .heartbeat, isOwn: true,
        "Address that is called after each healthy cycle, by GET, or by POST when that stands before it; for services that tell you when calls stop.",
        "A call that fails is on the page at once; after three in a row the collector tells its own trouble."
      ),
      KnownDirective(
        "heartbeat_mail", .heartbeatMail, isOwn: true,
        "`08:00 admin`: one line a day to these contacts: how many nodes, incidents and waiting mails there are.",
        "The time is one of the `timezone` of each contact."
      ),
    ])
}
