internal import CLinux
internal import Glibc

/// Tells when something changes in some folders (inotify(7)): an entry comes, goes, is renamed, rewritten or gets
/// other permissions.
@LoopActor
public final class FolderWatch {
  private let watch: Watch
  private let paths: [String]
  private let clock: LoopClock

  /// - Parameter paths: folders; one that is not there is left out until ``next()`` is called again.
  /// - Throws: ``IOError`` when the kernel has no queue left.
  public init(_ paths: [String], clock: LoopClock = .real) throws(IOError) {
    let descriptor = clinux_inotify()
    guard descriptor >= 0 else {
      throw .system(call: "inotify_init", subject: "folders", code: errno)
    }
    watch = Watch(descriptor, writing: false)
    self.paths = paths
    self.clock = clock
    look()
  }

  /// A folder may have been replaced: watching again what is watched costs nothing.
  private func look() {
    for path in paths where watch.failure == nil {
      _ = clinux_inotify_folder(watch.descriptor, path)
    }
  }

  /// Waits until something has changed and nothing more does for a moment: who installs a package changes many.
  /// - Returns: `false` when ``close()`` was called.
  public func next() async -> Bool {
    look()
    guard await drained(waiting: true) else { return false }
    for _ in 0..<20 {
      try? await clock.sleep(for: .milliseconds(250))
      if watch.failure != nil { return false }
      if await !drained(waiting: false) { break }
    }
    look()
    return watch.failure == nil
  }

  /// Takes what the queue holds.
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

  /// Ends the waiting.
  public func close() { watch.fail(.closed) }
}
