internal import CLinux
internal import Glibc
internal import MuninWire

/// A plugin's access to the machine, and the settings of the service that it answers.
///
/// Every path is read below ``root``, so that a test can put a folder of files in the machine's place.
public struct Host {
  /// The folder that stands for `/`; empty for the machine itself.
  public let root: String
  /// The name that was asked for: `load`, or `if_eth0` of the family `if_`.
  public let service: String
  /// The `env.` settings of plugin-conf.d for this service.
  public let settings: [String: String]
  /// System calls that plugins need beside files.
  public let kernel: Kernel
  let buffer: ReadBuffer

  /// - Parameter buffer: the memory to read into, shared by all hosts of one thread.
  public init(
    root: String = "", service: String = "", settings: [String: String] = [:],
    buffer: ReadBuffer = ReadBuffer(), kernel: Kernel = .real
  ) {
    self.root = root
    self.service = service
    self.settings = settings
    self.buffer = buffer
    self.kernel = kernel
  }

  /// Reads a whole file and lends its bytes to `body`.
  /// - Parameter isOneRecord: the kernel writes the file in one piece: one read that leaves room has seen its end.
  /// - Throws: a ``PluginError`` that names the file when it cannot be read, and what `body` throws.
  public func read<Result>(
    _ path: StaticString, isOneRecord: Bool = false,
    _ body: (Span<UInt8>) throws(PluginError) -> Result
  ) throws(PluginError) -> Result {
    if root.isEmpty, KernelFiles.holds(path) {
      try readKept(path, isOneRecord)
    } else {
      let descriptor =
        root.isEmpty
        ? path.withUTF8Buffer { clinux_open_read($0.baseAddress!) }
        : clinux_open_read(root + "\(path)")
      guard descriptor >= 0 else { throw failure("\(path)", errno) }
      defer { close(descriptor) }
      if let code = buffer.fill(from: descriptor) { throw failure("\(path)", code) }
    }
    return try buffer.lend(body)
  }

  private func readKept(_ path: StaticString, _ isOneRecord: Bool) throws(PluginError) {
    for attempt in 0..<2 {
      let descriptor = buffer.files.descriptor(of: path)
      guard descriptor >= 0 else { throw failure("\(path)", errno) }
      guard let code = buffer.fill(from: descriptor, isOneRecord: isOneRecord, fromStart: true)
      else { return }
      buffer.files.forget(path)
      if attempt == 1 { throw failure("\(path)", code) }
    }
  }

  /// Whether a file can be opened.
  public func canRead(_ path: StaticString) -> Bool {
    if root.isEmpty {
      return path.withUTF8Buffer { bytes in
        // The bytes of a literal end with NUL.
        bytes.withMemoryRebound(to: CChar.self) { access($0.baseAddress!, R_OK) } == 0
      }
    }
    return access(root + "\(path)", R_OK) == 0
  }

  func failure(_ path: String, _ code: Int32) -> PluginError {
    .unreadable(path, code: code)
  }
}
