internal import CLinux
internal import Glibc

/// Waits for changes in some folders (inotify(7)): an entry is made, removed, renamed, rewritten or gets other
/// permissions.
@LoopActor
public final class FolderWatch {
  private let watch: Watch
  private let paths: [String]
  private let settle: Duration
  private let clock: LoopClock

  /// - Parameters:
  ///   - paths: folders; one that is not there is left out until ``next()`` is called again.
  ///   - settle: how long nothing may change before a change counts as complete.
  /// - Throws: ``IOError`` when the kernel has no queue left.
  public init(
    _ paths: [String], settle: Duration = .milliseconds(250), clock: LoopClock = .real
  ) throws(IOError) {
    let descriptor = clinux_inotify()
    guard descriptor >= 0 else {
      throw .system(call: "inotify_init", subject: "folders", code: errno)
    }
    watch = Watch(descriptor, writing: false)
    self.paths = paths
    self.settle = settle
    self.clock = clock
    look()
  }

  /// Watches each path again: a folder may have been replaced, and watching the same one twice has no effect.
  private func look() {
    for path in paths where watch.failure == nil {
      _ = clinux_inotify_folder(watch.descriptor, path)
    }
  }

  /// Waits for a change, and then until nothing has changed for the time to settle (at most 20 times that): installing a package changes
  /// many entries.
  /// - Returns: `false` when ``close()`` was called.
  public func next() async -> Bool {
    look()
    guard await drained(waiting: true) else { return false }
    for _ in 0..<20 {
      try? await clock.sleep(for: settle)
      if watch.failure != nil { return false }
      if await !drained(waiting: false) { break }
    }
    look()
    return watch.failure == nil
  }

  /// Empties the queue.
  /// - Returns: whether there was something.
  private func drained(waiting: Bool) async -> Bool {
    var some = false
    while watch.failure == nil {
      let count = read(watch.descriptor, scratch.baseAddress, scratch.count)
      if count > 0 {
        some = true
        continue
      }
      if count < 0, errno == EINTR { continue }
      if some || !waiting { return some }
      guard (try? await watch.waitReadable()) != nil else { return false }
    }
    return false
  }

  /// Makes ``next()`` return `false`.
  public func close() { watch.fail(.closed) }
}
