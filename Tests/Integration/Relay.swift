import EventLoop
import Foundation

/// Stands between a master and a node and keeps what is said: the values that a master must then
/// have, without guessing at what changed in between.
final class Relay: Sendable {
  let port: Int
  private let listener: Int32
  private let heard = Locked("")

  /// All that was said so far, the master's lines with `> ` before them.
  var transcript: String { heard.with { $0 } }

  init(to nodePort: Int) throws {
    (listener, port) = try listenOnLoopback()
    let (listener, heard) = (listener, heard)
    Thread.detachNewThread {
      while case let master = accept(listener, nil, nil), master >= 0 {
        guard let node = try? connectToLoopback(nodePort) else {
          close(master)
          continue
        }
        Thread.detachNewThread {
          copy(from: master, to: node) { text in
            let lines = text.split(separator: "\n").map { "> \($0)\n" }
            heard.with { $0 += lines.joined() }
          }
        }
        Thread.detachNewThread {
          copy(from: node, to: master) { text in heard.with { $0 += text } }
          close(node)
          close(master)
        }
      }
      // Here, where nobody can have got its number yet.
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}

/// Passes bytes on until the end, and then the end.
private func copy(from source: Int32, to target: Int32, _ saw: (String) -> Void) {
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = read(source, &buffer, buffer.count), count > 0 {
    saw(String(decoding: buffer[..<count], as: UTF8.self))
    guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
  }
  shutdown(target, Int32(SHUT_WR))
}
