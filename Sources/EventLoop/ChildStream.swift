internal import Glibc

/// Reads what a child writes to one of its streams, and keeps the first bytes.
@LoopActor
final class ChildStream {
  private let watch: Watch
  private let kept: Int
  private let limit: Int
  private var total = 0
  private(set) var bytes: [UInt8] = []

  /// Takes over the reading end of a pipe, which does not block.
  /// - Parameters:
  ///   - kept: the number of bytes that are kept.
  ///   - limit: the number of bytes that are read.
  init(_ descriptor: Int32, keeping kept: Int, upTo limit: Int) {
    watch = Watch(descriptor, writing: false)
    self.kept = kept
    self.limit = limit
  }

  /// Whether the stream held more than the limit.
  var overflowed: Bool { total > limit }

  /// Reads until the stream is closed on either side.
  /// - Parameter onOverflow: called at once when there is more than the limit; then nothing more is read.
  func readToEnd(onOverflow: @LoopActor () -> Void) async {
    var reads = 0
    while true {
      // A child that prints without end must leave the loop to the others, and to the time limit.
      reads += 1
      if reads % 16 == 0 { await EventLoop.main.turned() }
      switch readOnce() {
      case .bytes: if overflowed { return onOverflow() }
      case .nothingYet: guard (try? await watch.waitReadable()) != nil else { return }
      // At once: it costs nothing while the child is still ending, and would delay the answer afterwards.
      case .end: return close()
      }
    }
  }

  /// Reads what is in the pipe now and closes it, so that ``readToEnd(onOverflow:)`` returns.
  func finish() {
    // A process that was left in the background may still be writing.
    for _ in 0..<64 where !overflowed {
      guard case .bytes = readOnce() else { break }
    }
    close()
  }

  func close() { watch.fail(.closed) }

  private enum Step { case bytes, nothingYet, end }

  private func readOnce() -> Step {
    while watch.failure == nil {
      let count = read(watch.descriptor, scratch.baseAddress, scratch.count)
      if count > 0 {
        bytes.append(contentsOf: scratched(min(count, kept - bytes.count)))
        total += count
        return .bytes
      }
      if count < 0, errno == EINTR { continue }
      return count < 0 && errno == EAGAIN ? .nothingYet : .end
    }
    return .end
  }
}
