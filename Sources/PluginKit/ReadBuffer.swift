internal import Glibc

/// The memory that files are read into, reused for each file, and what plugins keep between two fetches. One per
/// thread and machine.
public final class ReadBuffer {
  private var storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
  private var count = 0
  /// The path of the file to open, with its NUL.
  private var path: [UInt8] = []
  /// Whether the bytes are lent out: a read inside a read would overwrite them.
  private var isLent = false
  /// What plugins keep; see ``Host/kept(for:_:)``.
  var kept: [KeptKey: AnyObject] = [:]
  let files = KernelFiles()
  /// The services of each plugin; see ``Host/family(of:)``.
  var families: [String: [Sibling]] = [:]
  /// See ``Host/hasWorkers``.
  let hasWorkers: Bool

  /// - Parameter hasWorkers: whether the owner makes slow reads on worker threads before it asks a plugin; if not,
  ///   the plugin makes them itself.
  public init(hasWorkers: Bool = false) { self.hasWorkers = hasWorkers }

  deinit { storage.deallocate() }

  /// No file of /proc is larger.
  static let limit = 16 << 20

  /// Lends what was read.
  func lend<Result>(
    _ body: (Span<UInt8>) throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    isLent = true
    defer { isLent = false }
    let bytes = UnsafeBufferPointer(
      rebasing: UnsafeRawBufferPointer(storage).bindMemory(to: UInt8.self)[..<count])
    return try body(bytes.span)
  }

  /// Puts a path together and lends it to `body`, ended by NUL.
  func withPath<Result>(
    _ root: String, _ folder: StaticString, _ name: Span<UInt8>, _ rest: StaticString,
    _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    path.removeAll(keepingCapacity: true)
    path.append(contentsOf: root.utf8)
    folder.withUTF8Buffer { path.append(contentsOf: $0) }
    for index in 0..<name.count { path.append(name[index]) }
    rest.withUTF8Buffer { path.append(contentsOf: $0) }
    path.append(0)
    return path.withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
  }

  /// Reads to the end of the file. Returns the errno of a failure.
  ///
  /// - Parameter isOneRecord: a file that the kernel writes in one piece (those of a process, of sysfs): a
  ///   read that leaves room has reached the end, and no second read is needed to find that out.
  /// - Parameter fromStart: the descriptor stays open and is read from its start.
  func fill(
    from descriptor: Int32, isOneRecord: Bool = false, fromStart: Bool = false
  ) -> Int32? {
    precondition(!isLent, "a file is read while another one's bytes are lent")
    count = 0
    while true {
      if count == storage.count {
        guard count < ReadBuffer.limit else { return EFBIG }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * count, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(storage))
        storage.deallocate()
        storage = larger
      }
      let place = storage.baseAddress! + count
      let room = storage.count - count
      let read =
        fromStart ? pread(descriptor, place, room, count) : Glibc.read(descriptor, place, room)
      if read == 0 { return nil }
      if read < 0 {
        if errno == EINTR { continue }
        return errno
      }
      count += read
      if isOneRecord, count < storage.count { return nil }
    }
  }
}
