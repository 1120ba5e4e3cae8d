public import MuninWire

extension Graph {
  /// The lines of the config reply.
  public var wireText: String {
    var bytes: [UInt8] = []
    render(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
