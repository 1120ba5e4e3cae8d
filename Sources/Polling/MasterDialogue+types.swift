/// What a dialogue is given, and what it asks of its caller.
extension MasterDialogue {
  /// How a dialogue fails; the text says what was expected.
  struct Failure: Error, Equatable, CustomStringConvertible {
    var description: String
  }

  /// What a node may send at most, in bytes.
  enum Bound {
    static let line = 64 << 10
    static let reply = 8 << 20
    static let poll = 64 << 20
    static let services = 10_000
    /// So much of a spool counts as an answer, for the time limit.
    static let spoolProgress = 16 << 10
  }

  /// Whom to ask for in `list`.
  enum Subject: Sendable, Equatable {
    case named(String)
    /// The name in the banner, munin's `use_node_name`.
    case nodeName
    /// No name at all, munin's `use_default_node`.
    case standard
  }

  /// Whether to ask for TLS.
  enum Security: Sendable, Equatable {
    case none
    /// Without TLS the conversation goes on in plain text.
    case wished
    /// Without TLS there is no conversation; the text is the setting that says so.
    case required(by: String)
  }

  /// The node has agreed to TLS: what has to be done before the dialogue goes on.
  struct Handshake: Equatable {
    /// Whether this side has to be TLS server, because the node has no key.
    var asServer: Bool
    /// What the node has sent for it already.
    var early: [UInt8]
  }
}
