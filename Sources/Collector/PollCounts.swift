/// What happened to a node's polls since the start.
struct PollCounts: Sendable {
  var polls: UInt32 = 0
  var failures: UInt32 = 0
  /// Left out because the one before took longer than a period.
  var missed: UInt32 = 0
}
