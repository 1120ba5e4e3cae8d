/// Why a server cannot start.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String
  /// Whether another program listens there.
  public var meansAddressInUse = false
}
