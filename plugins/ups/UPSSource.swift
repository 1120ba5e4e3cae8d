internal import EventLoop

/// Somebody who tells of one UPS.
@LoopActor
protocol UPSSource: AnyObject {
  /// Asks. One question at a time.
  func read() async throws(UPSFailure) -> UPSReading

  /// Ends what is under way; nothing is asked any more.
  func close()
}

/// Why nothing is known of a UPS: who was asked, what was expected, what came.
struct UPSFailure: Error, Hashable, Sendable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
