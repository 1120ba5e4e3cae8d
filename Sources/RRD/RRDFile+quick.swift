internal import CLinux
internal import Glibc

extension RRDFile {
  /// The header of a plain, sound file, read with one system call: `rrd_info_r` spends more on it than
  /// librrd on the update that follows (Benchmarks, collector, a cycle of `poll`).
  ///
  /// It knows only the file that this program and munin write on a 64-bit machine (rrd_format.h, version
  /// 0003, one data source). Anything else gives `nil`, and librrd reads the header.
  func quickHeader() -> RRDHeader? {
    let descriptor = clinux_open_read(path)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 8) { buffer in
      let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
      var status = stat()
      guard count > 0, fstat(descriptor, &status) == 0 else { return nil }
      return RRDLayout(bytes: UnsafeRawBufferPointer(rebasing: buffer[..<count]))?
        .header(fileSize: Int(status.st_size))
    }
  }
}

/// Where things are in a file of version 0003 on a 64-bit machine.
private struct RRDLayout {
  private let bytes: UnsafeRawBufferPointer
  private let archives: Int

  private static let archivesStart = 128 + 120
  private static let archiveSize = 120

  init?(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    guard bytes.count >= 256, bytes.prefix(9).elementsEqual("RRD\00003\0".utf8),
      bytes.load(fromByteOffset: 16, as: Double.self) == 8.642135E130,
      bytes.load(fromByteOffset: 24, as: UInt.self) == 1,
      case let count = bytes.load(fromByteOffset: 32, as: UInt.self), (1...60).contains(count)
    else { return nil }
    archives = Int(count)
    guard bytes.count >= size else { return nil }
  }

  private var liveHead: Int { Self.archivesStart + archives * Self.archiveSize }
  private var rowPointers: Int { liveHead + 16 + 112 + archives * 80 }
  /// Of everything before the values.
  private var size: Int { rowPointers + archives * 8 }

  private func word(_ offset: Int) -> UInt { bytes.load(fromByteOffset: offset, as: UInt.self) }

  private func text(_ offset: Int) -> String {
    String(decoding: bytes[offset..<offset + 20].prefix { $0 != 0 }, as: UTF8.self)
  }

  func header(fileSize: Int) -> RRDHeader? {
    var header = RRDHeader()
    header.step = Int(clamping: word(40))
    header.type = text(128 + 20)
    header.min = bytes.load(fromByteOffset: 128 + 48, as: Double.self)
    header.max = bytes.load(fromByteOffset: 128 + 56, as: Double.self)
    header.lastUpdate = Int(clamping: word(liveHead))
    guard text(128) == RRDSpec.dataSource, header.step > 0, !header.type.isEmpty else { return nil }
    var values: UInt = 0
    for index in 0..<archives {
      let archive = Self.archivesStart + index * Self.archiveSize
      let rows = word(archive + 24)
      let span = word(archive + 32).multipliedReportingOverflow(by: rows)
      let current = word(rowPointers + index * 8)
      guard rows < 1 << 40, current < rows, span.partialValue > 0, !span.overflow else {
        return nil
      }
      values += rows
      header.longestRows = max(header.longestRows, span.partialValue)
    }
    return fileSize == size + Int(values) * 8 ? header : nil
  }
}
