public import MuninWire
internal import Text

/// One service's part of a poll.
public struct PolledService: Sendable {
  /// What came of asking it.
  public enum Outcome: Sendable, Equatable {
    case answered
    /// The order said not to ask it.
    case leftOut
    /// The node stopped answering before it was this service's turn.
    case unanswered
    /// The conversation broke while its answer was due. It is certain when the service was asked alone, or when the node
    /// answered everything without it.
    case broke(reason: String, isCertain: Bool)
  }

  public let name: String
  /// `nil` when it gave none this time.
  public var config: ServiceConfig?
  /// The values, where the reply is just what the config promises.
  public var plain: PlainReply?
  private var read: [FetchedGraph] = []
  /// How many fields of the config have no value.
  public var missing = 0
  /// When the values were read, in seconds since 1970; `nil` when there was nothing to read.
  public var readTime: Int?
  public var outcome = Outcome.answered
  /// For how many seconds its answers were waited for: since the answer before, or since the request where none was due. 0 when there was none.
  public var duration: Float = 0
  /// Why it has no values, for people.
  public var trouble: String?

  /// The values by graph and field.
  public var values: [FetchedGraph] {
    get { plain?.graphs ?? read }
    set {
      plain = nil
      read = newValue
    }
  }

  /// Whether the values have times of their own.
  public var isStamped: Bool {
    if let plain { return plain.values.first?.time != nil }
    return read.first?.values.first?.reading.time != nil
  }

  /// How many values there are.
  public var valueCount: Int { plain?.values.count ?? read.reduce(0) { $0 + $1.values.count } }

  /// Whether it is known by now how the service is: it was asked, or is left out for what it did.
  public var isJudged: Bool {
    switch outcome {
    case .answered, .leftOut, .broke(_, isCertain: true): true
    case .unanswered, .broke: false
    }
  }

  /// What came of it, for the log.
  public var summary: String {
    if let trouble { return trouble }
    switch outcome {
    case .unanswered: return "not asked, the node stopped answering"
    case .leftOut: return "not asked"
    case .broke(let reason, _): return reason
    case .answered: break
    }
    if readTime == nil { return "not fetched, its values are recent" }
    return Amount.count(valueCount, "value")
  }

  public init(name: String) { self.name = name }
}
