internal import EventLoop
internal import Glibc
package import Settings

/// The node's first line, `# munin node at NAME`, and the name in it.
package enum Banner {
  /// The line as masters read it: the last word is the node's name.
  static func line(_ name: String) -> String { "# munin node at \(name)\n" }

  /// `host_name` of munin-node.conf. Without it: the kernel's name, made canonical by the resolver; after two seconds
  /// without an answer, the kernel's name as it is. On a machine without a name: `unknown`.
  @LoopActor
  package static func name(_ settings: NodeSettings) async -> String {
    if let name = settings.hostName { return name }
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, 255)
    let short = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    guard !short.isEmpty else { return "unknown" }
    return await Blocking.shared.run(within: .seconds(2)) { canonicalName(of: short) } ?? short
  }

  private static func canonicalName(of host: String) -> String {
    var hints = addrinfo()
    hints.ai_flags = AI_CANONNAME
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return host }
    defer { freeaddrinfo(list) }
    return list?.pointee.ai_canonname.map { String(cString: $0) } ?? host
  }
}
