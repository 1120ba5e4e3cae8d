import EventLoop
import Foundation

/// The ways in which a node may talk without end.
enum Babble: String, CaseIterable {
  /// A banner without a line's end.
  case banner
  /// A list without a line's end.
  case list
  /// A config of ever more lines.
  case lines
  /// A fetch of one line.
  case line
}

/// A node that at some point talks until it is left.
final class Babbler: Sendable {
  let port: Int
  private let listener: Int32
  private let count = Locked(0)

  /// How many bytes it could send in all.
  var sent: Int { count.with { $0 } }

  init(_ what: Babble) throws {
    (listener, port) = try listenOnLoopback()
    let (listener, count) = (listener, count)
    Thread.detachNewThread {
      while case let master = accept(listener, nil, nil), master >= 0 {
        Thread.detachNewThread {
          babble(what, to: master) { sent in count.with { $0 += sent } }
          close(master)
        }
      }
      // Here, where nobody can have got its number yet.
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}

private func babble(_ what: Babble, to master: Int32, _ sent: (Int) -> Void) {
  func say(_ text: String) -> Bool {
    let count = send(master, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    sent(max(0, count))
    return count == text.utf8.count
  }
  let endless = String(repeating: what == .lines ? "x.label x\n" : "x", count: 6000)
  func sayForEver() { while say(endless) {} }

  guard say("# munin node at babbler") else { return }
  if what == .banner { return sayForEver() }
  _ = say("\n")
  var buffer = [UInt8](repeating: 0, count: 4096)
  while case let count = read(master, &buffer, buffer.count), count > 0 {
    for line in String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n") {
      switch line.prefix(while: { $0 != " " }) {
      case "cap": _ = say("cap multigraph\n")
      case "list":
        _ = say("load")
        if what == .list { return sayForEver() }
        _ = say("\n")
      case "config":
        if what == .lines { return sayForEver() }
        _ = say("load.label load\n.\n")
      case "fetch":
        _ = say("load.value 1")
        return sayForEver()
      default: return
      }
    }
  }
}
