internal import CLinux
internal import Glibc
internal import MuninWire

/// Every look that a plugin takes at the machine, and the settings of the service it answers for.
///
/// The root folder stands for `/`: a test hands in a little machine of its own.
public struct Host {
  /// Where the machine's files are: empty for the machine itself.
  public let root: String
  /// The name that was asked for: `load`, or `if_eth0` of the family `if_`.
  public let service: String
  /// The `env.` settings of plugin-conf.d for this service.
  public let settings: [String: String]
  private let buffer: ReadBuffer

  /// - Parameter buffer: shared by the hosts of one thread.
  public init(
    root: String = "", service: String = "", settings: [String: String] = [:],
    buffer: ReadBuffer = ReadBuffer()
  ) {
    self.root = root
    self.service = service
    self.settings = settings
    self.buffer = buffer
  }

  /// Reads a whole file and lends its bytes to `body`.
  /// - Throws: a ``PluginError`` that names the file when it cannot be read, and what `body` throws.
  public func read<Result>(
    _ path: StaticString, _ body: (Span<UInt8>) throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    let descriptor =
      root.isEmpty
      ? path.withUTF8Buffer { clinux_open_read($0.baseAddress!) }
      : clinux_open_read(root + "\(path)")
    guard descriptor >= 0 else { throw failure(path, errno) }
    defer { close(descriptor) }
    if let code = buffer.fill(from: descriptor) { throw failure(path, code) }
    return try body(buffer.bytes.span)
  }

  /// Whether a file can be opened.
  public func canRead(_ path: StaticString) -> Bool {
    access(root + "\(path)", R_OK) == 0
  }

  private func failure(_ path: StaticString, _ code: Int32) -> PluginError {
    PluginError(
      source: "\(path)", expected: "a file to read", found: String(cString: strerror(code)))
  }
}

/// The memory that files are read into, used again for each.
public final class ReadBuffer {
  private var storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 16)
  private var count = 0

  public init() {}

  deinit { storage.deallocate() }

  /// A file of /proc that is larger is no file of /proc.
  static let limit = 16 << 20

  var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      rebasing: UnsafeRawBufferPointer(storage).bindMemory(to: UInt8.self)[..<count])
  }

  /// Reads to the end of the file. Returns the errno of a failure.
  func fill(from descriptor: Int32) -> Int32? {
    count = 0
    while true {
      if count == storage.count {
        guard count < ReadBuffer.limit else { return EFBIG }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * count, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(storage))
        storage.deallocate()
        storage = larger
      }
      let read = Glibc.read(descriptor, storage.baseAddress! + count, storage.count - count)
      if read == 0 { return nil }
      if read < 0 {
        if errno == EINTR { continue }
        return errno
      }
      count += read
    }
  }
}
