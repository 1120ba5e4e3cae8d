internal import CLinux
internal import Glibc
internal import MuninWire
internal import PluginKit

/// The read of the kernel's table of tracked connections, which `fw_conntrack` and `fw_forwarded_local` share.
///
/// A router has hundreds of thousands of connections: the table is read in pieces, on a worker thread.
final class TrackedConnections {
  typealias Read = SlowRead<Result<ConnectionTable, PluginError>>

  /// Where the table is, the newer place first.
  static let paths = ["/proc/net/nf_conntrack", "/proc/net/ip_conntrack"]
  /// How many seconds a look may take, and for how many it serves: both services are asked within milliseconds.
  private static let limit = 10
  private static let age = 1.0
  /// The longest line that is looked at, in bytes; the kernel's have up to 300.
  static let longestLine = 4096
  /// More bytes than any table has: of ten million connections.
  static let largest = 2 << 30

  private var read: Read?

  /// Declares the read.
  static func slowReads(on host: Host, into list: inout SlowReads) {
    list.add(read(on: host), on: host)
  }

  static func current(on host: Host) throws(PluginError) -> ConnectionTable {
    guard let answer = host.answer(of: read(on: host)) else {
      throw PluginError(
        source: paths[0], expected: "all connections within \(limit) s", found: "no end",
        isTimeout: true)
    }
    return try answer.get()
  }

  /// Whether the table is there and may be read.
  static func autoconf(on host: Host) -> Availability {
    for path in paths where access(host.root + path, R_OK) == 0 { return .yes }
    return .no("\(paths[0]) cannot be read")
  }

  private static func read(on host: Host) -> Read {
    let kept = host.kept { TrackedConnections() }
    if let read = kept.read { return read }
    let root = host.root
    let read = Read("the table of tracked connections", limit: .seconds(limit), goodFor: age) {
      () -> Result<ConnectionTable, PluginError> in
      do throws(PluginError) {
        return .success(try table(below: root))
      } catch {
        return .failure(error)
      }
    }
    kept.read = read
    return read
  }

  private static func table(below root: String) throws(PluginError) -> ConnectionTable {
    var code = ENOENT
    for path in paths {
      let descriptor = clinux_open_read(root + path)
      guard descriptor >= 0 else {
        if errno != ENOENT { code = errno }
        continue
      }
      defer { close(descriptor) }
      return try table(path) { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    }
    throw PluginError.unreadable(paths[0], code: code)
  }

  /// Counts the connections of a table.
  /// - Parameters:
  ///   - largest: the number of bytes that are read at most.
  ///   - read: puts the next bytes into the buffer, as read(2) does: their number, 0 at the end, -1 with errno.
  static func table(
    _ path: String, largest: Int = largest, read: (UnsafeMutableRawBufferPointer) -> Int
  ) throws(PluginError) -> ConnectionTable {
    var table = ConnectionTable()
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var filled = 0
    var total = 0
    while true {
      let count = buffer.withUnsafeMutableBytes { read(.init(rebasing: $0[filled...])) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw PluginError.unreadable(path, code: errno)
      }
      total += count
      guard total <= largest else {
        throw PluginError(source: path, expected: "at most \(largest) bytes", found: "more")
      }
      filled += count
      let rest = try lines(
        of: buffer.span.extracting(0..<filled), isEnd: count == 0, path, into: &table)
      if count == 0 { return table }
      filled -= rest
      buffer.withUnsafeMutableBytes { _ = memmove($0.baseAddress!, $0.baseAddress! + rest, filled) }
    }
  }

  /// Counts the whole lines. A longer line than any of the kernel's is refused, wherever it stands in the text.
  /// - Returns: where the last, unended line begins.
  private static func lines(
    of text: Span<UInt8>, isEnd: Bool, _ path: String, into table: inout ConnectionTable
  ) throws(PluginError) -> Int {
    var start = 0
    while true {
      let end = text.firstIndex(of: 0x0A, from: start)
      guard (end ?? text.count) - start <= longestLine else {
        throw PluginError(
          source: path, expected: "lines of at most \(longestLine) bytes", found: "a longer one")
      }
      guard let end = end ?? (isEnd ? text.count : nil) else { return start }
      if end > start { table.count(text.extracting(start..<end)) }
      guard end < text.count else { return end }
      start = end + 1
    }
  }
}
