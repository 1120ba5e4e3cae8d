internal import EventLoop

/// The daemon could not start.
public struct StartFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  /// What went wrong and, when a port is taken, by whom and what to do.
  init(_ error: IOError, ports: [Int]) {
    guard error.meansAddressInUse, let port = ports.first(where: { "\(error)".contains(":\($0):") })
    else {
      description = "\(error)"
      return
    }
    description = "\(error): \(PortHolder.explanation(port: port))"
  }
}
