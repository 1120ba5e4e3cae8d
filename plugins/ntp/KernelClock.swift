internal import Glibc
internal import PluginKit

extension KernelTime {
  /// `STA_UNSYNC`, or an error of the clock: nobody sets it right.
  var isUnsynchronised: Bool { status & 0x40 != 0 || state == 5 }

  /// What remains to be corrected, in seconds; `STA_NANO` tells the unit.
  var remainingOffset: Double { Double(offset) / (status & 0x2000 != 0 ? 1e9 : 1e6) }

  /// The correction of the frequency in ppm.
  var partsPerMillion: Double { Double(frequency) / 65536 }

  /// As NTP counts: 3 for not synchronised.
  var leap: Int {
    isUnsynchronised ? 3 : state == 1 ? 1 : state == 2 ? 2 : 0
  }
}

extension NTPSnapshot {
  /// What the kernel alone knows.
  init(_ time: KernelTime) {
    self.init(daemon: .kernel, version: "no time daemon, the kernel", place: "adjtimex")
    system.leap = time.leap
    system.frequency = time.partsPerMillion
    if !time.isUnsynchronised { system.offset = time.remainingOffset }
  }
}

extension Host {
  /// When a file was last written, in seconds since 1970; `nil` when there is none.
  func modificationTime(of path: String) -> Double? {
    var status = stat()
    guard stat(root + path, &status) == 0 else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
  }
}
