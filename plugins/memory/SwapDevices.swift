internal import MuninWire
internal import PluginKit

/// The swap devices and files in `/proc/swaps` (proc_swaps(5)), with the memory that compressed swap takes.
struct SwapDevices {
  struct Device {
    /// A name that is the same after a restart: `/dev/mapper/vg-swap`, not `/dev/dm-1`.
    var name: String
    /// The field, cleaned as munin cleans names: `_dev_sda2`.
    var field: String
    var kind: Kind
    var size: UInt64
    var used: UInt64
    /// Bytes of memory that the compressed pages of a zram device take.
    var memory: Finding<UInt64> = .absent
  }

  enum Kind: String {
    case partition = "a partition"
    case file = "a file"
    case zram = "compressed in memory (zram)"
    case other = "a device"
  }

  private(set) var devices: [Device] = []
  private(set) var complaints: [PluginError] = []

  var size: UInt64 { devices.reduce(0) { min($0.addingReportingOverflow($1.size)) } }
  var used: UInt64 { devices.reduce(0) { min($0.addingReportingOverflow($1.used)) } }

  /// A bound: the kernel allows about 30.
  private static let most = 64

  static func read(on host: Host) throws(PluginError) -> SwapDevices {
    var list = SwapDevices()
    do throws(PluginError) {
      list.devices = try host.read("/proc/swaps") { text throws(PluginError) in
        try devices(in: text)
      }
    } catch {
      // A kernel that cannot swap has no such file.
      guard !host.canRead("/proc/swaps"), let memory = try? MemInfo(on: host),
        memory[.swapTotal] ?? 0 == 0
      else {
        throw error
      }
    }
    for index in list.devices.indices {
      list.devices[index].look(on: host, &list.complaints)
    }
    list.joinNamesakes()
    return list
  }

  /// - Parameter text: a line of column names, then one line per device, in kB: `/dev/sda2 partition 8388604 1024 -2`.
  private static func devices(in text: Span<UInt8>) throws(PluginError) -> [Device] {
    var lines = LineReader()
    guard let head = lines.next(in: text), text.extracting(head).hasPrefix("Filename") else {
      throw PluginError(
        source: "/proc/swaps", expected: "a line 'Filename Type Size Used'", found: excerpt(text))
    }
    var devices: [Device] = []
    while let range = lines.next(in: text), devices.count < most {
      let line = text.extracting(range)
      guard let device = Device(line) else {
        throw PluginError(
          source: "/proc/swaps", expected: "a path, a type, a size and a use",
          found: excerpt(line))
      }
      devices.append(device)
    }
    return devices
  }

  /// Adds up devices that have the same field name: their names differ only in characters that a field cannot have.
  private mutating func joinNamesakes() {
    var joined: [Device] = []
    for device in devices {
      guard let place = joined.firstIndex(where: { $0.field == device.field }) else {
        joined.append(device)
        continue
      }
      joined[place].size = min(joined[place].size.addingReportingOverflow(device.size))
      joined[place].used = min(joined[place].used.addingReportingOverflow(device.used))
    }
    devices = joined
  }
}

/// A sum, or the largest number there is.
private func min(_ sum: (partialValue: UInt64, overflow: Bool)) -> UInt64 {
  sum.overflow ? .max : sum.partialValue
}

extension SwapDevices.Device {
  fileprivate init?(_ line: Span<UInt8>) {
    var words = WordReader()
    // In a chroot the path of a file outside of it begins with '(unreachable)'.
    guard let path = words.next(in: line),
      line[path.lowerBound] == 0x2F || line.hasPrefix("(", at: path.lowerBound),
      let type = words.next(in: line), let size = words.unsigned(in: line),
      let used = words.unsigned(in: line)
    else { return nil }
    var bytes = Mount.plain(line.extracting(path))
    // A swap file that was removed while in use keeps its name.
    let removed = Array(" (deleted)".utf8)
    if bytes.suffix(removed.count).elementsEqual(removed) { bytes.removeLast(removed.count) }
    name = String(decoding: bytes, as: UTF8.self)
    field = SwapDevices.Device.field(name)
    let word = line.extracting(type)
    kind = word.isEqual(to: "partition") ? .partition : word.isEqual(to: "file") ? .file : .other
    self.size = min(size.multipliedReportingOverflow(by: 1024))
    self.used = min(used.multipliedReportingOverflow(by: 1024))
  }

  /// Cut so that a suffix such as `_memory` still fits.
  private static func field(_ name: String) -> String {
    String(FieldCleaning.perl.clean(name).prefix(110))
  }

  /// Finds out whether the device is a mapped one or zram.
  fileprivate mutating func look(on host: Host, _ complaints: inout [PluginError]) {
    guard name.hasPrefix("/dev/") else { return }
    let device = String(name.dropFirst(5))
    if device.hasPrefix("dm-") {
      let mapped = try? host.readIfPresent("/sys/block/", device.utf8.span, "/dm/name") { text in
        String(copying: text.extracting(0..<(text.firstIndex(of: 0x0A) ?? text.count)))
      }
      if let mapped, !mapped.isEmpty {
        name = "/dev/mapper/\(mapped)"
        field = SwapDevices.Device.field(name)
      }
    } else if device.hasPrefix("zram") {
      kind = .zram
      memory = Finding(&complaints) { () throws(PluginError) in
        try SwapDevices.memory(of: device, on: host)
      }
    }
  }
}

extension SwapDevices {
  /// Bytes of memory that the pages in a zram device take (admin-guide/blockdev/zram.rst): the third number of `mm_stat`
  /// (Linux 4.1), or on older kernels `mem_used_total`.
  fileprivate static func memory(
    of device: String, on host: Host
  ) throws(PluginError) -> UInt64? {
    if let all = try number(2, in: "/mm_stat", of: device, on: host) { return all }
    return try number(0, in: "/mem_used_total", of: device, on: host)
  }

  /// The number at place `count`, from 0, in a file of the device; `nil` where there is no such file.
  private static func number(
    _ count: Int, in file: StaticString, of device: String, on host: Host
  ) throws(PluginError) -> UInt64? {
    try host.readIfPresent("/sys/block/", device.utf8.span, file) { text throws(PluginError) in
      var words = WordReader()
      guard words.skip(count, in: text), let number = words.unsigned(in: text) else {
        throw PluginError(
          source: "/sys/block/\(device)\(file)", expected: "\(count + 1) numbers",
          found: excerpt(text))
      }
      return number
    }
  }
}
