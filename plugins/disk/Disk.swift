internal import MuninWire
internal import PluginKit

/// The names of a disk: the kernel's, the device mapper's, and those in graphs.
struct Disk {
  /// The kernel's, `sda` or `dm-3`.
  let name: [UInt8]
  /// The device mapper's name; that of the kernel (`dm-3`) may change at a reboot. Empty for other disks.
  let mapped: [UInt8]
  /// For people: `sda`, `vg/home`, `mapper/backup`.
  let label: String
  /// In the names of graphs and fields.
  let field: String
  /// Whether it is a partition, whose counters are part of its disk's.
  let isPart: Bool

  /// The label without folders, for narrow graphs.
  var shortLabel: String { label.split(separator: "/").last.map(String.init) ?? label }

  var isMapped: Bool { Disk.isMapped(name.span) }

  init(_ name: Span<UInt8>, isPart: Bool) {
    self.name = name.withUnsafeBufferPointer { Array($0) }
    self.isPart = isPart
    mapped = []
    label = String(copying: name)
    field = FieldCleaning.perl.clean(label)
  }

  /// The same device, mapped under a name.
  init(_ disk: Disk, mapped: Span<UInt8>, on host: Host) {
    name = disk.name
    isPart = disk.isPart
    self.mapped = mapped.withUnsafeBufferPointer { Array($0) }
    label = Disk.volume(mapped, on: host) ?? String(copying: disk.name.span)
    field = FieldCleaning.perl.clean(label)
  }

  /// Whether the name is the device mapper's: `dm-` and a number.
  static func isMapped(_ name: Span<UInt8>) -> Bool {
    guard name.count > 3, name.hasPrefix("dm-") else { return false }
    for index in 3..<name.count where !name[index].isDigit { return false }
    return true
  }

  /// The path below /dev of a mapped device: `group/volume` if it is LVM's, else `mapper/NAME`.
  ///
  /// LVM joins group and volume by a dash and doubles the dashes inside them.
  private static func volume(_ mapped: Span<UInt8>, on host: Host) -> String? {
    guard host.has("/dev/mapper/", mapped) else { return nil }
    var index = 0
    while index < mapped.count {
      var end = index
      while end < mapped.count, mapped[end] == 0x2D { end += 1 }
      if end - index == 1, index > 0, end < mapped.count {
        let group = single(mapped.extracting(0..<index))
        let volume = single(mapped.extracting(end..<mapped.count))
        if host.destination(of: "/dev/\(group)/\(volume)") != nil { return "\(group)/\(volume)" }
        break
      }
      index = max(end, index + 1)
    }
    return "mapper/\(String(copying: mapped))"
  }

  /// The text with each double dash made one.
  private static func single(_ text: Span<UInt8>) -> String {
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      bytes.append(text[index])
      index += text.hasPrefix("--", at: index) ? 2 : 1
    }
    return String(copying: bytes.span)
  }

  func isNamed(_ name: Span<UInt8>) -> Bool { equal(self.name, name) }

  func isMapped(as mapped: Span<UInt8>) -> Bool { equal(self.mapped, mapped) }

  private func equal(_ left: [UInt8], _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    for index in left.indices where left[index] != right[index] { return false }
    return true
  }

  /// Whether `name` is a part of this disk: `sda1` of `sda`, `md1p1` of `md1`, but not `sd` 11 of `sd1`.
  func hasPart(_ part: Span<UInt8>) -> Bool {
    guard part.count > name.count else { return false }
    for index in name.indices where name[index] != part[index] { return false }
    var digits = name.count
    if part[digits] == 0x70 {
      digits += 1
    } else if name[name.count - 1].isDigit {
      return false
    }
    guard digits < part.count else { return false }
    for index in digits..<part.count where !part[index].isDigit { return false }
    return true
  }
}
