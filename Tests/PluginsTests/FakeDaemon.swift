import Foundation

/// A daemon on a UDP port of 127.0.0.1 (or `::1`) that answers as a test tells it.
final class FakeDaemon: Sendable {
  let port: Int
  private let descriptor: Int32
  private let asked = Counter()
  private let ended = DispatchSemaphore(value: 0)

  /// How many datagrams have come.
  var questions: Int { asked.count }

  /// - Parameters:
  ///   - forgery: what a stranger on the same machine sends to the asker just before.
  ///   - answer: the datagrams that are sent back, for the number of the question (from 0) and its bytes.
  init(
    family: Int32 = AF_INET, forgery: (@Sendable ([UInt8]) -> [UInt8])? = nil,
    _ answer: @escaping @Sendable (Int, [UInt8]) -> [[UInt8]]
  ) throws {
    let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let bound = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        guard family == AF_INET6 else { return }
        $0.pointee.sin6_family = sa_family_t(AF_INET6)
        $0.pointee.sin6_addr = in6addr_loopback
      }
      pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        guard family == AF_INET else { return }
        $0.pointee.sin_family = sa_family_t(AF_INET)
        $0.pointee.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      }
      return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        let size =
          family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        return bind(descriptor, $0, socklen_t(size)) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw NoSuchPlugin(name: "a socket of family \(family)") }
    // The port stands at the same place in both kinds of address.
    port = withUnsafeBytes(of: &storage) { Int($0[2]) << 8 | Int($0[3]) }
    self.descriptor = descriptor
    let asked = asked
    let ended = ended
    Thread.detachNewThread {
      var bytes = [UInt8](repeating: 0, count: 4096)
      while true {
        var asker = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &asker) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            recvfrom(descriptor, &bytes, bytes.count, 0, $0, &size)
          }
        }
        // Its owner has shut it down.
        guard count > 0 else { break }
        let question = Array(bytes[..<count])
        func send(_ reply: [UInt8], from descriptor: Int32) {
          _ = withUnsafePointer(to: &asker) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
              sendto(descriptor, reply, reply.count, 0, $0, size)
            }
          }
        }
        if let forgery {
          let stranger = socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
          send(forgery(question), from: stranger)
          close(stranger)
        }
        for reply in answer(asked.next(), question) { send(reply, from: descriptor) }
      }
      close(descriptor)
      ended.signal()
    }
  }

  /// From here on nobody listens there.
  func stop() {
    shutdown(descriptor, Int32(SHUT_RD))
    ended.wait()
  }

  deinit { shutdown(descriptor, Int32(SHUT_RD)) }
}

private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0

  var count: Int { lock.withLock { value } }

  func next() -> Int {
    lock.withLock {
      defer { value += 1 }
      return value
    }
  }
}
