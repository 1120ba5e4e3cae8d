internal import CLinux
internal import CRRD
internal import Glibc

/// The header of the file that is being written, kept so that a process which is killed in the middle leaves no wrong file.
///
/// librrd changes a file through a mapping, its header in several steps: a process that is killed between two of them leaves a
/// consolidation that is half done, and the same values given again are added to it. With the header as it was before, giving
/// them again makes the file what it should be: rows that were written already are written once more. (Of 600 kills of a busy
/// writer, 79 left a file half done, and 55 of these were wrong afterwards; with the header put back none was.)
///
/// The slot is a small shared mapping, whose pages the kernel keeps when the process is killed. After a loss of power its
/// content has no order with the files' any more, so a slot of another boot of the machine is not used.
final class UndoSlot {
  private let memory: UnsafeMutableRawPointer
  private let boot: [UInt8]

  /// The length of the header, or 0 for an empty slot; the boot id; the length of the path; the path; the header.
  private enum Place {
    static let boot = 8
    static let pathLength = 48
    static let path = 56
    static let header = 56 + longestPath
    static let end = header + longestHeader
  }

  private static let longestPath = 4096
  /// Munin's 12 archives make 2,872 bytes; a file of more than 76 archives has no protection.
  private static let longestHeader = 16_384
  /// What is read at first: more would be copied for nothing from nearly all files.
  private static let usualHeader = 3072

  /// Opens the slot, or makes it.
  init(_ path: String) throws(RRDError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw RRDError("cannot open \(path)", problem: errno) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, Place.end) == 0,
      let memory = mmap(nil, Place.end, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      memory != MAP_FAILED
    else { throw RRDError("cannot map \(path)", problem: errno) }
    self.memory = memory
    boot = UndoSlot.bootID()
  }

  deinit { munmap(memory, Place.end) }

  /// Keeps the header of a file that is about to be written.
  func begin(_ path: String) {
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let room = UnsafeMutableRawBufferPointer(
      start: memory + Place.header, count: UndoSlot.longestHeader)
    var count = pread(descriptor, room.baseAddress, UndoSlot.usualHeader, 0)
    guard count >= 64,
      let length = UndoSlot.headerLength(UnsafeRawBufferPointer(rebasing: room[..<count]))
    else { return }
    if length > count { count = pread(descriptor, room.baseAddress, length, 0) }
    guard length <= count else { return }
    var path = path
    let isShort = path.withUTF8 { bytes in
      guard bytes.count < UndoSlot.longestPath else { return false }
      memory.storeBytes(of: UInt64(bytes.count), toByteOffset: Place.pathLength, as: UInt64.self)
      (memory + Place.path).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
      return true
    }
    guard isShort else { return }
    (memory + Place.boot).copyMemory(from: boot, byteCount: boot.count)
    crrd_set_length(memory, UInt64(length))
  }

  /// The file is written.
  func end() { crrd_set_length(memory, 0) }

  /// Puts the header of a file back that a killed process was writing.
  /// - Returns: the file, `nil` where no process was killed while it wrote.
  func restore() throws(RRDError) -> String? {
    let length = Int(clamping: memory.load(as: UInt64.self))
    let pathLength = Int(clamping: memory.load(fromByteOffset: Place.pathLength, as: UInt64.self))
    defer { end() }
    guard (1...UndoSlot.longestHeader).contains(length),
      (1..<UndoSlot.longestPath).contains(pathLength),
      memcmp(memory + Place.boot, boot, boot.count) == 0,
      UndoSlot.headerLength(
        UnsafeRawBufferPointer(start: memory + Place.header, count: length)) == length
    else { return nil }
    let path = String(
      decoding: UnsafeRawBufferPointer(start: memory + Place.path, count: pathLength), as: UTF8.self
    )
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    // A file that was renamed or removed since has nothing to be put back.
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard pwrite(descriptor, memory + Place.header, length, 0) == length else {
      throw RRDError("cannot put back the header of \(path)", problem: errno)
    }
    return path
  }

  /// How long the part of a file before its values is (rrd_format.h, version 0003, 64 bits, one data source); `nil` for
  /// another kind of file.
  private static func headerLength(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count >= 64, bytes.prefix(9).elementsEqual("RRD\00003\0".utf8),
      bytes.load(fromByteOffset: 24, as: UInt.self) == 1
    else { return nil }
    let archives = bytes.load(fromByteOffset: 32, as: UInt.self)
    guard (1...76).contains(archives) else { return nil }
    return 376 + 208 * Int(archives)
  }

  private static func bootID() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 36)
    let descriptor = clinux_open_read("/proc/sys/kernel/random/boot_id")
    guard descriptor >= 0 else { return bytes }
    defer { close(descriptor) }
    _ = read(descriptor, &bytes, bytes.count)
    return bytes
  }
}
