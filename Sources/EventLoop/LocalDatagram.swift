internal import Glibc

/// Messages to a unix datagram socket, such as syslog's and systemd's. Never waits: when the receiver is slow or
/// missing, the message is lost.
public enum LocalDatagram {
  /// Sends one message.
  /// - Parameter path: the receiver; a name that begins with `@` is one without a file (abstract).
  /// - Throws: ``IOError`` when it was not delivered.
  public static func send(_ bytes: [UInt8], to path: String) throws(IOError) {
    var name = Array(path.utf8)
    if name.first == UInt8(ascii: "@") { name[0] = 0 }
    var address = sockaddr_un()
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !name.isEmpty, name.count < room else { throw .badAddress(path) }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }

    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw .system(call: "socket", subject: path, code: errno) }
    defer { close(descriptor) }
    // An abstract name is as long as it says: no NUL ends it.
    let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + name.count
    let sent = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(
          descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), $0,
          socklen_t(length))
      }
    }
    guard sent == bytes.count else { throw .system(call: "send to", subject: path, code: errno) }
  }
}
