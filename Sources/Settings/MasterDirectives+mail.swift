/// How mails go out.
extension MasterDirectives {
  static let mail = DirectiveSection(
    "Mail",
    introduction: "How contacts with an `email` are reached.",
    [
      KnownDirective(
        "smtp_server", .mailServers, default: "smtp://127.0.0.1:25", isOwn: true,
        "Mail servers, tried in this order: `smtp://host:port`, or `smtps://host:port` with TLS from the first byte.",
        "A server that fails, or does not answer to a mail, is passed over for a minute while another one takes the mails; without another one new mails wait so long for its next try."
      ),
      KnownDirective(
        "smtp_user", .word, isOwn: true, "Name for the login at the mail server.",
        "With it `smtp_tls` is `required` unless it is set, so that the password is not sent to a stranger."
      ),
      KnownDirective(
        "smtp_password_file", .path, isOwn: true,
        "File with the password of `smtp_user` and nothing else.",
        "It must not be readable for others."),
      KnownDirective(
        "smtp_tls", .choice(MailEncryption.allCases.map(\.rawValue)),
        default: "auto, or required with smtp_user", isOwn: true,
        "Whether the connection to `smtp://` is encrypted by STARTTLS: `auto`, `required` or `off`.",
        "`auto` encrypts when the server offers it, without a look at its certificate; with `required` the certificate has to verify."
      ),
      KnownDirective(
        "smtp_ca_file", .path, default: "those of the system", isOwn: true,
        "File with the certificates, in PEM, that the mail server's has to come from."),
      KnownDirective(
        "smtp_from", .mailAddress, default: "apus@ and the machine's name", isOwn: true,
        "Sender that readers see."),
      KnownDirective(
        "smtp_envelope_from", .mailAddress, default: "that of smtp_from", isOwn: true,
        "Address to which mail servers return what they cannot deliver."),
      KnownDirective(
        "smtp_hello", .host, default: "the machine's full name", isOwn: true,
        "Name of this machine in EHLO and in each Message-ID.",
        "Many mail servers refuse a name without a dot."),
      KnownDirective(
        "sendmail", .path, isOwn: true,
        "Program that mails are handed to in place of a server, such as `/usr/sbin/sendmail`.",
        "With `smtp_server` set too, it is used when none of the servers accepts the mail."),
    ])
}
