/// Something in a node's reply that is not as it should be. The rest of the reply still counts.
public struct WireFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line of the reply, counted from 1.
  public let line: Int
  /// What is wrong with it.
  public let message: String

  public init(line: Int, message: String) {
    self.line = line
    self.message = message
  }

  public var description: String { "line \(line): \(message)" }
}
