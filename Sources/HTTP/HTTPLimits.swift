/// What one client may ask of the server, and all of them together.
public struct HTTPLimits: Sendable {
  /// Open connections; further ones are closed at once.
  public var connections = 256
  /// The time for a whole request, from its first byte to the last byte of its answer, and the time
  /// that a connection may be idle. (evhttp's own timeout begins anew with each byte.)
  public var deadline: Duration = .seconds(30)
  /// The bytes of the request line and all headers.
  public var headers = 16 << 10
  /// The bytes of a body. Only a form has one, and a smaller one; this much is read before it is refused.
  public var body = 64 << 10

  public init() {}
}
