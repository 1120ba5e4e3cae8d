/// Who is told, and how.
extension MasterDirectives {
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
}
