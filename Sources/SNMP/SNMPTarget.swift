public import EventLoop

/// Where an agent is and how it is asked.
public struct SNMPTarget: Hashable, Sendable {
  /// UDP over IPv4 or IPv6.
  public var address: SocketAddress
  public var version: Version
  /// How long one try waits for its answer.
  public var timeout: Duration
  /// How often a request is sent again.
  public var retries: Int

  public enum Version: Hashable, Sendable {
    case v1(community: String)
    case v2c(community: String)
    case v3(SNMPUser)
  }

  /// - Parameters:
  ///   - timeout: one second by default: a card on the same network answers within a few milliseconds, a slow one within
  ///     half a second.
  ///   - retries: two by default: a dead agent costs three seconds, and two lost datagrams cost no answer.
  public init(
    address: SocketAddress, version: Version, timeout: Duration = .seconds(1), retries: Int = 2
  ) {
    self.address = address
    self.version = version
    self.timeout = timeout
    self.retries = retries
  }

  /// The agent as errors name it: `192.0.2.1:161`, `[2001:db8::1]:161`.
  public var agent: String { address.description }
}

/// A user of v3's security model (RFC 3414). Without authentication there is no privacy.
public struct SNMPUser: Hashable, Sendable {
  public var name: String
  public var authentication: Authentication?
  public var privacy: Privacy?
  /// The context that the objects are in; empty for the usual one.
  public var context: String

  public struct Authentication: Hashable, Sendable {
    public var method: Method
    /// At least eight characters (RFC 3414, section 11.2).
    public var passphrase: String

    /// MD5 and SHA-1 of RFC 3414, the others of RFC 7860.
    public enum Method: String, Hashable, Sendable, CaseIterable {
      case md5, sha, sha224, sha256, sha384, sha512
    }

    public init(_ method: Method, passphrase: String) {
      self.method = method
      self.passphrase = passphrase
    }
  }

  public struct Privacy: Hashable, Sendable {
    public var method: Method
    /// At least eight characters.
    public var passphrase: String

    /// DES of RFC 3414, AES of RFC 3826. AES with longer keys has no standard: the key is extended as in Blumenthal's
    /// draft, or (`c`) as in Reeder's, which Cisco and others use.
    public enum Method: String, Hashable, Sendable, CaseIterable {
      case des, aes, aes192, aes256, aes192c, aes256c
    }

    public init(_ method: Method, passphrase: String) {
      self.method = method
      self.passphrase = passphrase
    }
  }

  public init(
    _ name: String, authentication: Authentication? = nil, privacy: Privacy? = nil,
    context: String = ""
  ) {
    self.name = name
    self.authentication = authentication
    self.privacy = privacy
    self.context = context
  }
}
