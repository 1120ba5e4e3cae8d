internal import MuninWire
internal import PluginKit

/// The counters of a disk since the machine started (the kernel's admin-guide/iostats.rst).
struct DiskCounters: Equatable {
  var reads: UInt64 = 0
  var sectorsRead: UInt64 = 0
  var writes: UInt64 = 0
  var sectorsWritten: UInt64 = 0
  /// Milliseconds that reads and writes took, and that the disk was busy. The kernel prints 32 bits, which a busy array
  /// exceeds within days.
  var readTime: UInt32 = 0
  var writeTime: UInt32 = 0
  var busyTime: UInt32 = 0

  /// The eleven numbers behind a device's name.
  init?(_ words: inout WordReader, in line: Span<UInt8>) {
    var numbers = InlineArray<11, UInt64>(repeating: 0)
    for index in 0..<11 {
      guard let number = words.counter(in: line) else { return nil }
      numbers[index] = number.bits
    }
    reads = numbers[0]
    sectorsRead = numbers[2]
    readTime = UInt32(truncatingIfNeeded: numbers[3])
    writes = numbers[4]
    sectorsWritten = numbers[6]
    writeTime = UInt32(truncatingIfNeeded: numbers[7])
    busyTime = UInt32(truncatingIfNeeded: numbers[9])
  }

  var isUnused: Bool { reads == 0 && writes == 0 }

  /// Whether the device reports times. Some report only zeros.
  var hasTimes: Bool { readTime > 0 || writeTime > 0 }
}

/// What a disk did between two readings of its counters, per second or per request.
struct DiskRates: Equatable {
  let readsPerSecond, writesPerSecond: Double
  let bytesReadPerSecond, bytesWrittenPerSecond: Double
  /// Percent of the time in which there was something to do.
  let utilization: Double
  /// Seconds per request: on the disk, and with the queue before it.
  let serviceTime, wait, readWait, writeWait: Double
  /// Thousands of bytes per request.
  let readSize, writeSize: Double

  /// - Returns: `nil` when a counter decreased: another disk has got the name, and its earlier counters are not known.
  init?(from old: DiskCounters, to new: DiskCounters, seconds: Double) {
    guard seconds > 0, let reads = DiskRates.difference(new.reads, old.reads),
      let writes = DiskRates.difference(new.writes, old.writes),
      let sectorsRead = DiskRates.difference(new.sectorsRead, old.sectorsRead),
      let sectorsWritten = DiskRates.difference(new.sectorsWritten, old.sectorsWritten)
    else { return nil }
    let bytesRead = sectorsRead * 512
    let bytesWritten = sectorsWritten * 512
    let readTime = Double(new.readTime &- old.readTime) / 1000
    let writeTime = Double(new.writeTime &- old.writeTime) / 1000
    let busyTime = Double(new.busyTime &- old.busyTime) / 1000
    func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }
    readsPerSecond = reads / seconds
    writesPerSecond = writes / seconds
    bytesReadPerSecond = bytesRead / seconds
    bytesWrittenPerSecond = bytesWritten / seconds
    utilization = busyTime / seconds * 100
    serviceTime = ratio(busyTime, reads + writes)
    wait = ratio(readTime + writeTime, reads + writes)
    readWait = ratio(readTime, reads)
    writeWait = ratio(writeTime, writes)
    readSize = ratio(bytesRead / 1000, reads)
    writeSize = ratio(bytesWritten / 1000, writes)
  }

  /// The increase of a counter; `nil` when it was reset.
  ///
  /// On 32-bit kernels these counters have 32 bits and wrap after 2 TiB read. A smaller value counts as a wrap when the
  /// old one was at least 2^31 and the increase is less; else as a reset. Signed counters increase through zero.
  private static func difference(_ new: UInt64, _ old: UInt64) -> Double? {
    let step = new &- old
    if step >> 63 == 0 { return Double(step) }
    let short = UInt32(truncatingIfNeeded: step)
    return old >> 31 == 1 && short >> 31 == 0 ? Double(short) : nil
  }
}
