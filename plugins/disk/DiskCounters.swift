internal import MuninWire

/// The counters of a disk since the machine started (the kernel's admin-guide/iostats.rst).
struct DiskCounters: Equatable {
  var reads: UInt64 = 0
  var sectorsRead: UInt64 = 0
  var writes: UInt64 = 0
  var sectorsWritten: UInt64 = 0
  /// Milliseconds that reads and writes took, and that the disk was busy. The kernel prints 32 bits of them, and a
  /// busy array is through with those in days.
  var readTime: UInt32 = 0
  var writeTime: UInt32 = 0
  var busyTime: UInt32 = 0

  /// The eleven numbers behind a device's name.
  init?(_ words: inout WordReader, in line: Span<UInt8>) {
    var numbers = InlineArray<11, UInt64>(repeating: 0)
    for index in 0..<11 {
      guard let number = words.unsigned(in: line) else { return nil }
      numbers[index] = number
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

  /// Whether the device tells how long its work took. Some do not.
  var hasTimes: Bool { readTime > 0 || writeTime > 0 }
}

/// What a disk did between two looks, per second or per request.
struct DiskRates: Equatable {
  let readsPerSecond, writesPerSecond: Double
  let bytesReadPerSecond, bytesWrittenPerSecond: Double
  /// Percent of the time in which there was something to do.
  let utilization: Double
  /// Seconds per request: on the disk, and with the queue before it.
  let serviceTime, wait, readWait, writeWait: Double
  /// Thousands of bytes per request.
  let readSize, writeSize: Double

  /// - Returns: `nil` when a counter went back: it is another disk by the old name, and its past is not known.
  init?(from old: DiskCounters, to new: DiskCounters, seconds: Double) {
    guard seconds > 0, new.reads >= old.reads, new.writes >= old.writes,
      new.sectorsRead >= old.sectorsRead, new.sectorsWritten >= old.sectorsWritten
    else { return nil }
    let reads = Double(new.reads - old.reads)
    let writes = Double(new.writes - old.writes)
    let bytesRead = Double(new.sectorsRead - old.sectorsRead) * 512
    let bytesWritten = Double(new.sectorsWritten - old.sectorsWritten) * 512
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
}
