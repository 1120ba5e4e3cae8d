/// A node could not be polled.
struct PollFailure: Error, Equatable, CustomStringConvertible {
  let description: String
  /// Whether it happened between the banner and the last reply, so that the other way of asking (pipelined or one request at a
  /// time) may work better.
  var isWhileAsking = false
}
