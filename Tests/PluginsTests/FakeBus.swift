import Foundation
import TestSupport

/// A D-Bus on the unix socket of a little machine, with timesyncd's folder beside it.
final class FakeBus: Sendable {
  /// The machine's root.
  let root: String
  private let folder: TemporaryFolder
  private let listener: Int32

  /// - Parameter answer: what is said to whom has asked, in pieces; nothing more follows.
  init(_ answer: @escaping @Sendable ([UInt8]) -> [[UInt8]]) throws {
    folder = try TemporaryFolder()
    root = folder.path
    for name in ["run/dbus", "run/systemd/timesync"] {
      try FileManager.default.createDirectory(
        atPath: "\(root)/\(name)", withIntermediateDirectories: true)
    }
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("\(root)/run/dbus/system_bus_socket".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let listener = listener
    let isListening = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
          && listen(listener, 8) == 0
      }
    }
    guard isListening else { throw NoSuchPlugin(name: "a bus in \(root)") }
    Thread.detachNewThread {
      while case let client = accept(listener, nil, nil), client >= 0 {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = read(client, &bytes, bytes.count)
        for piece in answer(Array(bytes[..<max(count, 0)])) {
          _ = send(client, piece, piece.count, Int32(MSG_NOSIGNAL))
        }
        close(client)
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
