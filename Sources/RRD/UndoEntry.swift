internal import CLinux
internal import Glibc

/// One file of an ``UndoLog``: its path, and its header as it was before it was written.
///
/// The bytes are a mark, the generation, a checksum of all that follows, the lengths of path and header, the path, the header. A
/// file that did not exist before has no header. An entry that was cut short by a loss of power fails its checksum, and ends the
/// log: what it was to protect was not written yet.
struct UndoEntry {
  let path: String
  private let header: UnsafeRawBufferPointer

  private static let mark: UInt64 = 0x6170_7573_756E_646F
  private static let headLength = 32
  private static let longestPath = 4096
  /// Munin's 12 archives make 2,872 bytes; a file of more than 76 archives has no protection.
  private static let longestHeader = 16_384
  /// What is read at first: one page of the kernel, which holds the header of nearly every file.
  private static let usualHeader = 4096
  /// Ends a log: no mark.
  static let terminator = [UInt8](repeating: 0, count: 8)

  /// Adds an entry for a file as it is now.
  /// - Returns: false for a file that cannot be protected: it cannot be read, or is laid out in another way.
  static func append(
    _ path: String, isMade: Bool, generation: Int, to bytes: inout [UInt8]
  ) -> Bool {
    let start = bytes.count
    let pathLength = path.utf8.count
    guard pathLength <= longestPath else { return false }
    bytes.append(contentsOf: repeatElement(0, count: headLength))
    bytes.append(contentsOf: path.utf8)
    let headerLength = isMade ? 0 : appendHeader(of: path, to: &bytes)
    guard let headerLength else {
      bytes.removeSubrange(start...)
      return false
    }
    bytes.withUnsafeMutableBytes { all in
      let entry = UnsafeMutableRawBufferPointer(rebasing: all[start...])
      entry.storeBytes(of: mark, toByteOffset: 0, as: UInt64.self)
      entry.storeBytes(of: Int64(generation), toByteOffset: 8, as: Int64.self)
      entry.storeBytes(of: UInt32(pathLength), toByteOffset: 24, as: UInt32.self)
      entry.storeBytes(of: UInt32(headerLength), toByteOffset: 28, as: UInt32.self)
      let sum = checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(entry)[24...]))
      entry.storeBytes(of: sum, toByteOffset: 16, as: UInt64.self)
    }
    return true
  }

  private static func appendHeader(of path: String, to bytes: inout [UInt8]) -> Int? {
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: longestHeader, alignment: 8) { room in
      var count = pread(descriptor, room.baseAddress, usualHeader, 0)
      guard count >= 64, let length = headerLength(UnsafeRawBufferPointer(room)) else { return nil }
      if length > usualHeader {
        guard length <= room.count else { return nil }
        count = pread(descriptor, room.baseAddress, length, 0)
      }
      guard length <= count else { return nil }
      bytes.append(contentsOf: room[..<length])
      return length
    }
  }

  /// Reads the entry at a place of a log, and steps behind it.
  /// - Returns: `nil` at the end, and at anything that is no entry of this generation.
  init?(_ bytes: UnsafeRawBufferPointer, at place: inout Int, generation: Int) {
    guard place + UndoEntry.headLength <= bytes.count else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
    guard rest.loadUnaligned(fromByteOffset: 0, as: UInt64.self) == UndoEntry.mark,
      rest.loadUnaligned(fromByteOffset: 8, as: Int64.self) == Int64(generation)
    else { return nil }
    let pathLength = Int(rest.loadUnaligned(fromByteOffset: 24, as: UInt32.self))
    let headerLength = Int(rest.loadUnaligned(fromByteOffset: 28, as: UInt32.self))
    let length = UndoEntry.headLength + pathLength + headerLength
    guard (1...UndoEntry.longestPath).contains(pathLength),
      headerLength <= UndoEntry.longestHeader, length <= rest.count,
      rest.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        == UndoEntry.checksum(UnsafeRawBufferPointer(rebasing: rest[24..<length]))
    else { return nil }
    let start = UndoEntry.headLength
    path = String(decoding: rest[start..<start + pathLength], as: UTF8.self)
    header = UnsafeRawBufferPointer(rebasing: rest[(start + pathLength)..<length])
    guard header.isEmpty || UndoEntry.headerLength(header) == headerLength else { return nil }
    place += length
  }

  /// Puts the header back, or removes the file where there was none.
  /// - Returns: false when the file is left alone.
  func apply(newest: Int) throws(RRDError) -> Bool {
    let current = RRDFile(path).quickHeader()
    if let current, current.lastUpdate > newest { return false }
    guard !header.isEmpty else { return unlink(path) == 0 }
    // A file that was renamed, removed or made anew since has nothing to be put back. One that is cut short stays as it is: it is found
    // when it is written next.
    guard current != nil else { return false }
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      throw RRDError("cannot put back the header of \(path)", problem: errno)
    }
    defer { close(descriptor) }
    let isSameLayout = withUnsafeTemporaryAllocation(
      byteCount: UndoEntry.longestHeader, alignment: 8
    ) { room in
      pread(descriptor, room.baseAddress, header.count, 0) == header.count
        && UndoEntry.layout(UnsafeRawBufferPointer(rebasing: room[..<header.count]))
          .elementsEqual(UndoEntry.layout(header))
    }
    guard isSameLayout else { return false }
    guard pwrite(descriptor, header.baseAddress, header.count, 0) == header.count else {
      throw RRDError("cannot put back the header of \(path)", problem: errno)
    }
    return true
  }

  // MARK: Bytes

  /// `RRD`, a zero byte, `0003`, of a machine whose lowest byte is first, as all that this is built for.
  private static let start: UInt64 = 0x3330_3030_0044_5252

  /// How long the part of a file before its values is (rrd_format.h, version 0003, 64 bits, one data source); `nil` for
  /// another kind of file.
  private static func headerLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= 64, bytes.loadUnaligned(as: UInt64.self) == start, bytes[8] == 0,
      bytes.loadUnaligned(fromByteOffset: 24, as: UInt.self) == 1
    else { return nil }
    let archives = bytes.loadUnaligned(fromByteOffset: 32, as: UInt.self)
    guard (1...76).contains(archives) else { return nil }
    return 376 + 208 * Int(archives)
  }

  /// The part of a header that no write changes: the step and the archives.
  private static func layout(_ header: UnsafeRawBufferPointer) -> [UInt8] {
    let archives = (header.count - 376) / 208
    return Array(header[24..<48]) + Array(header[248..<248 + 120 * archives])
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    var place = 0
    func mix(_ word: UInt64) {
      sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
      sum ^= sum >> 29
    }
    while place + 8 <= bytes.count {
      mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    for byte in bytes[place...] { mix(UInt64(byte) | 0x100) }
    return sum
  }
}
