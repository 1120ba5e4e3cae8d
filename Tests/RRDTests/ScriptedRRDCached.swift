import EventLoop
import Glibc

/// A server on a unix socket that answers each BATCH as a test wants, and keeps what it was told.
final class ScriptedRRDCached: Sendable {
  let path: String
  private let listener: Int32
  private let heard = Locked<[String]>([])
  private let answers: Locked<[Answer]>

  enum Answer: Sendable {
    /// Sends this when the batch is complete.
    case says(String)
    /// Closes the connection when so many bytes of the batch have come.
    case closes(after: Int)
  }

  /// The batches, as they came.
  var batches: [String] { heard.with { $0 } }

  /// - Parameter answers: one for each batch; the last one for all that follow.
  init(_ path: String, _ answers: [Answer]) {
    self.path = path
    self.answers = Locked(answers)
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(result == 0 && listen(listener, 8) == 0)
    let thread = ThreadExecutor(label: "rrdcached-test")
    Task(executorPreference: thread) { [listener, heard, answers = self.answers] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        ScriptedRRDCached.serve(connection, heard, answers)
        close(connection)
      }
      // Not by whoever ends it: another test's socket could get the number while this loop still uses it.
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func serve(
    _ connection: Int32, _ heard: Locked<[String]>, _ answers: Locked<[Answer]>
  ) {
    var batch: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 {
      batch += buffer[..<count]
      let answer = answers.with { $0[0] }
      switch answer {
      case .closes(let limit) where batch.count >= limit: break
      case .says where batch.suffix(3).elementsEqual("\n.\n".utf8): break
      default: continue
      }
      // Before the answer, after which the test looks.
      heard.with { $0.append(String(decoding: batch, as: UTF8.self)) }
      answers.with { if $0.count > 1 { $0.removeFirst() } }
      batch = []
      guard case .says(let text) = answer else { return }
      _ = send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL))
    }
  }
}
