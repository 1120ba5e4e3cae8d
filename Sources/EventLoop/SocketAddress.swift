internal import Glibc

/// The address of a socket: IPv4, IPv6 or a path.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The kernel's `sockaddr`, cut to its length.
  private var bytes: [UInt8]

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// An address from its text; never asks the resolver.
  /// - Parameter host: `192.0.2.1`, `2001:db8::1` (with or without brackets), optionally `%zone`.
  public init(host: String, port: Int) throws(IOError) {
    guard (0...65535).contains(port) else { throw .badAddress("\(host):\(port)") }
    let found = try SocketAddress.look(up: host, port: port, flags: AI_NUMERICHOST)
    guard let first = found.first else { throw .badAddress(host) }
    self = first
  }

  /// The address of a unix socket.
  public init(path: String) throws(IOError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let text = Array(path.utf8)
    guard !text.isEmpty, text.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw .badAddress(path)
    }
    bytes = withUnsafeBytes(of: &address) { Array($0) }
    let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
    bytes.replaceSubrange(offset..<offset + text.count, with: text)
  }

  /// Every address of a name. Blocks while the resolver asks: call it through ``Blocking``.
  public static func resolve(host: String, port: Int) throws(IOError) -> [SocketAddress] {
    try look(up: host, port: port, flags: AI_ADDRCONFIG)
  }

  private static func look(up host: String, port: Int, flags: Int32) throws(IOError)
    -> [SocketAddress]
  {
    var name = host
    if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let problem = getaddrinfo(name, String(port), &hints, &list)
    guard problem == 0 else {
      throw .unresolved(host: host, reason: String(cString: gai_strerror(problem)))
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var next = list
    while let entry = next {
      let raw = UnsafeRawBufferPointer(
        start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
      found.append(SocketAddress(bytes: Array(raw)))
      next = entry.pointee.ai_next
    }
    return found
  }

  /// The name that the resolver has for the address; `nil` for none. Blocks while the resolver asks: call it through
  /// ``Blocking``.
  public func hostName() -> String? {
    guard !isLocal else { return nil }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let problem = withPointer {
      getnameinfo($0, $1, &text, socklen_t(text.count), nil, 0, NI_NAMEREQD)
    }
    guard problem == 0 else { return nil }
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// Whether both are of one machine, whatever the port; an IPv4 address on a socket for both counts as that.
  public func isSameHost(as other: SocketAddress) -> Bool {
    func plain(_ text: String) -> String {
      text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }
    return plain(host) == plain(other.host)
  }

  /// The address that a call such as accept(2) or getsockname(2) fills in.
  static func filled(
    by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> (result: Int32, address: SocketAddress) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
    }
    let count = result < 0 ? 0 : min(Int(length), MemoryLayout<sockaddr_storage>.size)
    return (result, SocketAddress(bytes: withUnsafeBytes(of: &storage) { Array($0.prefix(count)) }))
  }

  /// Connects a library's own datagram socket, so that the kernel drops datagrams of any other sender.
  public func connect(_ descriptor: Int32) throws(IOError) {
    guard withPointer({ Glibc.connect(descriptor, $0, $1) }) == 0 else {
      throw .system(call: "connect", subject: description, code: errno)
    }
  }

  /// Whom a descriptor is connected to; `nil` when it is no connected socket.
  public static func peer(of descriptor: Int32) -> SocketAddress? {
    let (result, address) = filled { getpeername(descriptor, $0, $1) }
    return result == 0 ? address : nil
  }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    bytes.withUnsafeBytes {
      body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
  }

  var family: Int32 {
    bytes.count < 2 ? AF_UNSPEC : Int32(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
  }

  public var isIPv6: Bool { family == AF_INET6 }

  /// Whether this is a unix socket's address.
  public var isLocal: Bool { family == AF_UNIX || family == AF_UNSPEC }

  /// Whether the address is of this machine's loopback (or a unix socket's).
  public var isLoopback: Bool {
    let text = host
    return isLocal || text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.")
  }

  /// The port in host order; 0 for a path.
  public var port: Int {
    guard !isLocal, bytes.count >= 4 else { return 0 }
    return Int(bytes[2]) << 8 | Int(bytes[3])
  }

  /// The address as text without the port, as munin writes it: `192.0.2.1`, `::ffff:192.0.2.1`, `2001:db8::1`;
  /// a unix socket's path.
  public var host: String {
    if isLocal {
      let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)!
      return String(decoding: bytes.dropFirst(offset).prefix { $0 != 0 }, as: UTF8.self)
    }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let problem = withPointer {
      getnameinfo($0, $1, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    }
    guard problem == 0 else { return "?" }
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  public var description: String {
    if isLocal { return host.isEmpty ? "unix socket" : host }
    return family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
