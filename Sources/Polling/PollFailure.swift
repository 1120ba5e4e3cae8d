/// A node could not be polled.
public struct PollFailure: Error, Equatable, CustomStringConvertible {
  public let description: String
  /// Whether it happened after the banner, so that the other way of asking (pipelined or one request at a time) may work
  /// better.
  public var isWhileAsking = false

  init(description: String, isWhileAsking: Bool = false) {
    self.description = description
    self.isWhileAsking = isWhileAsking
  }

  /// The same failure with further words at its end.
  func adding(_ words: String) -> PollFailure {
    PollFailure(description: description + words, isWhileAsking: isWhileAsking)
  }
}
