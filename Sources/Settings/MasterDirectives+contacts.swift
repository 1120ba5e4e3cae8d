/// Who is told, of what, and how.
extension MasterDirectives {
  static let contacts = DirectiveSection(
    "Contacts",
    introduction: "A contact is made by the lines `contact.NAME.word` before the first section.",
    [
      KnownDirective(
        "contacts", .other("NAME..."), default: "every contact",
        at: [.root, .group, .node, .service],
        "Who is told about what is below; `none` or `no` is nobody."),
      KnownDirective(
        "email", .mailAddress, at: .contact, isOwn: true,
        "Mail address that the collector writes to itself, by `smtp_server`."),
      KnownDirective(
        "mail_format", .choice(MailFormat.allCases.map(\.rawValue)), default: "both",
        at: .contact, isOwn: true,
        "What mails consist of: `both`, text and HTML, or `text` alone."),
      KnownDirective(
        "command", .text, at: .contact,
        "Shell command that gets each message on its standard input; may hold munin's `${var:host}` and the like."
      ),
      KnownDirective(
        "text", .text, at: .contact,
        "Template of the message for `command`, in munin's language; what is no directive of it is sent as it stands, without its `$`. That of the contact `default` is for all."
      ),
      KnownDirective(
        "max_messages", .whole(0...1_000_000), default: "0", at: .contact,
        "How many messages of the same `command` are given to one process, one after the other; 0 is no limit.",
        "For the contacts `nagios` and `old-nagios` the default is 1 (but for `munin_compatible`): `send_nsca` takes all that it reads for one check."
      ),
      KnownDirective(
        "always_send", .severities, at: .contact,
        "Levels that are told again at each poll of the node, as munin-limits does in each of its runs: a list of `ok`, `warning`, `critical`, `unknown`.",
        """
        Of one incident that is a message in each `update_rate`, but not more often than each minute, not in quiet hours unless it is \
        critical, and not while it is acknowledged. A node without an answer is told where `critical` or `unknown` is in the list; `ok` has \
        an effect only with `munin_compatible`. These messages are not counted by `rate_limit` unless that is set. For the contact `nagios` \
        the default is `critical warning`.
        """),
      KnownDirective(
        "nsca", .text,
        "Program `send_nsca`: makes the contact `old-nagios`, as munin does."),
      KnownDirective("nsca_server", .text, "Its server."),
      KnownDirective("nsca_config", .text, "Its settings file."),
    ])

  static let choices = DirectiveSection(
    "What a contact is told",
    introduction: "Each is a line `contact.NAME.word` too.",
    [
      KnownDirective(
        "tell", .toldSteps, default: "critical warning unknown ok", at: .contact, isOwn: true,
        "What is told: a list of `critical`, `warning`, `unknown`, `ok` (the end) and `eased` (from critical to warning); `none` leaves only the digest.",
        "Whoever was not told the beginning of an incident is not told its end."),
      KnownDirective(
        "quiet", .spans, at: .contact, isOwn: true,
        "Hours in which everything but critical waits for their end, separated by commas: `Mon-Fri 22:00-07:00, Sat, Sun`.",
        "What is over by then is not told."),
      KnownDirective(
        "rate_limit", .countInTimeOrNo, default: "30 in 1h", at: .contact, isOwn: true,
        "How many messages in how much time; what exceeds that is told in one message afterwards: where something critical is held back, ten minutes after that at the latest, else not in quiet hours. `no` is no limit."
      ),
      KnownDirective(
        "escalate", .escalation, at: .contact, isOwn: true,
        "`30m boss`: an incident told to this contact that is neither acknowledged nor over after this time is told to the other contact.",
        "Both are told its end."),
      KnownDirective(
        "digest", .digest, at: .contact, isOwn: true,
        "Time of day, as `08:00`, or `hourly`: one message with what is out of the ordinary and was not told; none when there is nothing.",
        "It lists open incidents, acknowledged and silenced ones too, what was wrong and is over, nodes and plugins that fail now and then, values that are near a limit or beyond what is usual for the hour and the weekday (by six weeks of history), restarts, new nodes (one line each, with the number of services), new and gone services, and planned work. What a node has from its first polls on is not new, nor is what the collector finds in its first minutes (two times `update_rate`). Incidents that the contact got messages of make no digest, but stand in it while they are open. With `tell none` the digest is all that the contact gets."
      ),
      KnownDirective(
        "ignore", .other("REGEX"), at: .contact, isOwn: true,
        "Perl regular expression: lines of the digest in which it is found are left out. May stand several times.",
        "It is looked for in each line as the digest shows it: `^g;web1: ` leaves out all of a node."
      ),
      KnownDirective(
        "ignore_file", .path, at: .contact, isOwn: true,
        "File with such expressions, one a line; `#` begins a comment.",
        "It is read anew for each digest."),
    ])

  static let webhooks = DirectiveSection(
    "Webhooks and syslog",
    introduction: "Further ways to a contact, each a line `contact.NAME.word`.",
    [
      KnownDirective(
        "webhook", .url, at: .contact, isOwn: true,
        "Address, `https://` or `http://`, that each message is posted to."),
      KnownDirective(
        "webhook_text", .text, default: "JSON, described in apus-collector(8)", at: .contact,
        isOwn: true,
        "Body of the request, in munin's template language.",
        "Where `webhook_type` is a JSON type, values are escaped for a JSON string."),
      KnownDirective(
        "webhook_type", .mediaType, default: "application/json", at: .contact, isOwn: true,
        "Its Content-Type."),
      KnownDirective(
        "webhook_header", .headers, at: .contact, isOwn: true,
        "Further headers, separated by `;;`: `Title: ${var:subject};;Priority: 5`."),
      KnownDirective(
        "webhook_secret_file", .path, at: .contact, isOwn: true,
        "File with the key of the signature in `X-Apus-Signature`: HMAC-SHA256 over the time stamp, a dot and the body.",
        "It must not be readable for others."),
      KnownDirective(
        "syslog", .facility, at: .contact, isOwn: true,
        "Facility to which each incident is logged as one line, with a severity by its level: `daemon`, `local0` and so on."
      ),
    ])
}
