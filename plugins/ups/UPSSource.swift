internal import EventLoop

/// Something that reports one UPS: an SNMP agent or a daemon.
@LoopActor
protocol UPSSource: AnyObject {
  /// Asks for the present values. The next call must wait for the end of this one.
  func read() async throws(UPSFailure) -> UPSReading

  /// Ends a call that is waiting, and closes the connection.
  func close()
}

/// Why a UPS gave no values: who was asked, what was expected, what was found.
struct UPSFailure: Error, Hashable, Sendable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
