public import MuninWire
internal import Text

/// One service's part of a poll.
public struct PolledService: Sendable {
  public let name: String
  /// `nil` when it gave none this time.
  public var config: ServiceConfig?
  public var values: [FetchedGraph] = []
  /// When the values were read, in seconds since 1970; `nil` when there was nothing to read.
  public var readTime: Int?
  public var trouble: String?

  /// What came of it, for the log.
  public var summary: String {
    if let trouble { return trouble }
    if readTime == nil { return "not fetched, its values are recent" }
    return Amount.count(values.reduce(0) { $0 + $1.values.count }, "value")
  }

  public init(name: String) { self.name = name }
}
