public import EventLoop
internal import MuninWire

/// A daemon could not start.
public struct StartFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// What failed and, when a port is taken, by which program and what to do.
  /// - Parameters:
  ///   - ports: those the daemon wanted.
  ///   - units: the daemon's own, for the advice.
  public init(_ error: IOError, ports: [Int], units: SystemdUnits) {
    guard error.meansAddressInUse,
      let port = ports.first(where: { "\(error)".contains(text: ":\($0):") })
    else {
      description = "\(error)"
      return
    }
    description = "\(error): \(PortHolder.explanation(port: port, units: units))"
  }
}
