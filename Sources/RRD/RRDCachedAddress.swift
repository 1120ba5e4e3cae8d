internal import EventLoop
internal import Glibc

/// Where an rrdcached listens.
public enum RRDCachedAddress: Sendable, Hashable, CustomStringConvertible {
  case path(String)
  case network(host: String, port: Int)

  /// `/run/rrdcached.sock`, `unix:/run/rrdcached.sock`, `localhost:42217`, `[::1]:42217`; `nil` for anything else.
  public init?(_ text: String) {
    let path = text.hasPrefix("unix:") ? String(text.dropFirst(5)) : text
    if path.hasPrefix("/") {
      self = .path(path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
      port > 0
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, !host.hasPrefix("unix") || !host.contains("/") else { return nil }
    self = .network(host: String(host), port: Int(port))
  }

  public var description: String {
    switch self {
    case .path(let path): path
    case .network(let host, let port):
      host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }

  /// Every address of it. It blocks while the resolver asks.
  func resolved() throws(IOError) -> [SocketAddress] {
    switch self {
    case .path(let path): [try SocketAddress(path: path)]
    case .network(let host, let port): try SocketAddress.resolve(host: host, port: port)
    }
  }
}
