internal import MuninWire

/// One service's part of a poll.
struct PolledService: Sendable {
  let name: String
  /// `nil` when it gave none this time.
  var config: ServiceConfig?
  var values: [FetchedGraph] = []
  /// When the values were read, in seconds since 1970; `nil` when there was nothing to read.
  var readTime: Int?
  var trouble: String?

  init(name: String) { self.name = name }
}
