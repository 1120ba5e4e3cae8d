internal import MuninWire
internal import PluginKit

/// The disks' counters of the last minutes, kept in memory between fetches.
///
/// munin's plugin keeps a file for each master. Here one history serves all: the rates are those since the reading
/// nearest to five minutes ago, whichever master caused it.
final class DiskHistory {
  /// All counters at one time, by the disks' places; `nil` for a disk that is not there.
  private struct Look {
    var time = -Double.infinity
    var counters: [DiskCounters?] = []
  }

  /// Every disk seen so far. The index of a disk does not change.
  private(set) var disks: [Disk] = []
  /// The indices of the disks present now: mapped devices last, otherwise by name.
  private(set) var present: [Int] = []
  /// The rates by index; `nil` before there are two readings.
  private(set) var rates: [DiskRates?] = []
  private var now = Look()
  private var past: [Look] = []

  /// The seconds between two polls of a master, and the age at which a reading is dropped.
  private static let usual = 300.0
  private static let oldest = 450.0
  /// A reading closer to the last one than this is not kept.
  private static let apart = 30.0
  /// Rates over a shorter time are not computed: the counters' resolution would show.
  private static let shortest = 1.0
  /// The history is cleared when more disks than this were seen, so that devices that come and go do not fill memory.
  private static let most = 10_000

  static func of(_ host: Host) -> DiskHistory { host.kept { DiskHistory() } }

  /// Reads the counters, computes the rates since an earlier reading, and keeps this one for the next.
  func look(on host: Host) throws(PluginError) {
    if disks.count > DiskHistory.most { (disks, present, past, now) = ([], [], [], Look()) }
    now.time = host.kernel.secondsSinceBoot()
    for place in now.counters.indices { now.counters[place] = nil }
    try host.read("/proc/diskstats") { text in
      var lines = LineReader()
      var expected = 0
      while let line = lines.next(in: text) { take(text.extracting(line), at: &expected) }
    }
    for place in disks.indices where disks[place].isMapped && now.counters[place] != nil {
      try nameMapped(place, on: host)
    }
    if !isUpToDate { present = inOrder() }
    workOutRates()
    keep()
  }

  func counters(of place: Int) -> DiskCounters? { now.counters[place] }

  // MARK: The kernel's table

  /// A line: two numbers of the device, its name, and its counters. Lines with fewer are those of parts of disks
  /// on kernels before 2.6.25.
  private func take(_ line: Span<UInt8>, at expected: inout Int) {
    var words = WordReader()
    guard words.skip(2, in: line), let name = words.next(in: line), name.count <= 255,
      let counters = DiskCounters(&words, in: line), !counters.isUnused
    else { return }
    let place = place(of: line.extracting(name), expected)
    expected = place + 1
    if !disks[place].isPart { now.counters[place] = counters }
  }

  /// The index of the disk of this name. The kernel's table keeps its order, so it mostly is the expected one.
  private func place(of name: Span<UInt8>, _ expected: Int) -> Int {
    if expected < disks.count, disks[expected].isNamed(name) { return expected }
    for place in disks.indices where disks[place].isNamed(name) { return place }
    var isPart = false
    for disk in disks where !disk.isPart && disk.hasPart(name) { isPart = true }
    disks.append(Disk(name, isPart: isPart))
    now.counters.append(nil)
    return disks.count - 1
  }

  /// Reads the name of a mapped device such as `dm-3`. The number can belong to another device after a reboot, and
  /// sometimes earlier.
  private func nameMapped(_ place: Int, on host: Host) throws(PluginError) {
    let disk = disks[place]
    let renamed = try host.readIfPresent("/sys/block/", disk.name.span, "/dm/name") { text in
      let end = text.firstIndex(of: 0x0A) ?? text.count
      let mapped = text.extracting(0..<end)
      return disk.isMapped(as: mapped) ? nil : Disk(disk, mapped: mapped, on: host)
    }
    guard let renamed, let renamed else { return }
    disks[place] = renamed
    for look in past.indices where place < past[look].counters.count {
      past[look].counters[place] = nil
    }
  }

  private var isUpToDate: Bool {
    var count = 0
    for counters in now.counters where counters != nil { count += 1 }
    return count == present.count && present.allSatisfy { now.counters[$0] != nil }
  }

  private func inOrder() -> [Int] {
    disks.indices.filter { now.counters[$0] != nil }.sorted { left, right in
      if disks[left].isMapped != disks[right].isMapped { return disks[right].isMapped }
      return disks[left].name.lexicographicallyPrecedes(disks[right].name)
    }
  }

  // MARK: The past

  private func workOutRates() {
    rates.removeAll(keepingCapacity: true)
    let old = past.indices.filter { now.time - past[$0].time >= DiskHistory.shortest }.min {
      abs(now.time - past[$0].time - DiskHistory.usual)
        < abs(now.time - past[$1].time - DiskHistory.usual)
    }
    for place in disks.indices {
      guard let old, place < past[old].counters.count, let before = past[old].counters[place],
        let counters = now.counters[place]
      else {
        rates.append(nil)
        continue
      }
      rates.append(
        DiskRates(from: before, to: counters, seconds: now.time - past[old].time))
    }
  }

  private func keep() {
    if let last = past.last, now.time - last.time < DiskHistory.apart { return }
    past.removeAll { now.time - $0.time > DiskHistory.oldest }
    past.append(now)
  }
}
