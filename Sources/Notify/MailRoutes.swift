/// How mails to addresses go, as settings say.
public struct MailRoutes: Sendable, Hashable {
  /// In the order in which they are tried.
  public var servers: [MailServer]
  public var identity: MailIdentity
  public var login: MailLogin?
  /// A file of certificates that a server's has to come from.
  public var certificates: String?
  /// A local program that takes mails: the last way, or the only one.
  public var sendmail: String?

  public init(
    servers: [MailServer], identity: MailIdentity, login: MailLogin? = nil,
    certificates: String? = nil, sendmail: String? = nil
  ) {
    self.servers = servers
    self.identity = identity
    self.login = login
    self.certificates = certificates
    self.sendmail = sendmail
  }

  /// What delivers in this way.
  public func exchange() -> MailExchange {
    MailExchange(
      servers: servers.map {
        SMTPDelivery(server: $0, identity: identity, login: login, certificates: certificates)
      },
      sendmail: sendmail.map { SendmailDelivery(path: $0, identity: identity) })
  }
}
