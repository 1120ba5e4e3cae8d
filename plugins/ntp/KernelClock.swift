internal import Glibc
internal import PluginKit

extension KernelTime {
  /// Whether the clock is not disciplined: `STA_UNSYNC`, or `TIME_ERROR`.
  var isUnsynchronised: Bool { status & 0x40 != 0 || state == 5 }

  /// The correction that is still to be made, in seconds; `STA_NANO` tells the unit of the raw number.
  var remainingOffset: Double { Double(offset) / (status & 0x2000 != 0 ? 1e9 : 1e6) }

  /// The correction of the frequency in ppm.
  var partsPerMillion: Double { Double(frequency) / 65536 }

  /// The leap status as NTP has it: 3 is not synchronised.
  var leap: Int {
    isUnsynchronised ? 3 : state == 1 ? 1 : state == 2 ? 2 : 0
  }
}

extension NTPSnapshot {
  /// The state of the clock as far as the kernel knows it.
  init(_ time: KernelTime) {
    self.init(daemon: .kernel, version: "no time daemon, the kernel", place: "adjtimex")
    system.leap = time.leap
    system.frequency = time.partsPerMillion
    if !time.isUnsynchronised { system.offset = time.remainingOffset }
  }
}

extension Host {
  /// When a file was last written, in seconds since 1970; `nil` when there is no such file.
  func modificationTime(of path: String) -> Double? {
    var status = stat()
    guard stat(root + path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
  }
}
