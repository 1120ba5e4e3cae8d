/// How mails go out, as munin.conf says.
public struct MailSettings: Sendable, Hashable {
  /// `smtp://host:port` or `smtps://host:port`, in the order in which they are tried; empty where `smtp_server` is not set.
  public var servers: [String] = []
  public var user: String?
  /// A file that holds the password and nothing else.
  public var passwordFile: String?
  /// As it is set, see ``encryption``.
  public var setEncryption: MailEncryption?
  /// Certificates that the server's has to come from; the system's when not set.
  public var caFile: String?
  /// The sender that readers see.
  public var from: String?
  /// The address that errors are returned to; that of ``from`` when not set.
  public var envelopeFrom: String?
  /// The name in EHLO and Message-ID; the machine's full name when not set.
  public var hello: String?
  /// A local program that mails are handed to.
  public var sendmail: String?

  public init() {}

  /// Whether STARTTLS is used: a password is sent only where the certificate verifies, unless munin.conf says otherwise.
  public var encryption: MailEncryption { setEncryption ?? (user == nil ? .auto : .required) }
}

/// Whether the connection to a mail server is encrypted by STARTTLS.
public enum MailEncryption: String, Sendable, Hashable, CaseIterable {
  /// Where the server offers it, whatever its certificate is.
  case auto
  /// With a certificate that verifies, or no mail goes out.
  case required
  case off
}

/// What a mail consists of.
public enum MailFormat: String, Sendable, Hashable, CaseIterable {
  /// Text and HTML.
  case both
  case text
}

extension Directive {
  /// `smtp://one, smtps://two:465`
  func mailServers() throws(SettingFinding) -> [String] {
    let servers = listWords
    guard !servers.isEmpty, servers.count <= 10, servers.allSatisfy(Self.isMailServer) else {
      throw expected("smtp://host:port or smtps://host:port")
    }
    return servers
  }

  private static func isMailServer(_ text: String) -> Bool {
    for scheme in ["smtp://", "smtps://"] where text.hasPrefix(scheme) {
      let place = String(text.dropFirst(scheme.count))
      let host = HostPort(place)?.host ?? HostPort.host(place)
      return host != nil && host != "*"
    }
    return false
  }

  func hostName() throws(SettingFinding) -> String {
    guard isHostName(value) else { throw expected("a host name") }
    return value
  }
}
