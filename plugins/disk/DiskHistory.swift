internal import MuninWire
internal import PluginKit

/// The disks' counters as they were in the last minutes. Kept in memory from fetch to fetch.
///
/// munin's plugin keeps a file for each master. One history does for all: whoever asks, the rates are those since
/// the look nearest to five minutes ago, be it his own or another's.
final class DiskHistory {
  /// All counters at one time, by the disks' places; `nil` for a disk that is not there.
  private struct Look {
    var time = -Double.infinity
    var counters: [DiskCounters?] = []
  }

  /// Every disk ever seen. Its place in this list stays.
  private(set) var disks: [Disk] = []
  /// The places of those that are there, mapped devices behind the others, each by name.
  private(set) var present: [Int] = []
  /// What they did, by place; `nil` where it is not known yet.
  private(set) var rates: [DiskRates?] = []
  private var now = Look()
  private var past: [Look] = []

  /// The seconds between two polls of a master, and how old a look gets.
  private static let usual = 300.0
  private static let oldest = 450.0
  /// Looks closer to each other than this are not worth keeping.
  private static let apart = 30.0
  /// Rates over less than this say nothing.
  private static let shortest = 1.0
  /// Devices come and go: beyond this many all is forgotten.
  private static let most = 10_000

  static func of(_ host: Host) -> DiskHistory { host.kept { DiskHistory() } }

  /// Looks at the disks; works out what they did since an earlier look, and keeps this one for the next.
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

  /// The disk of this name. The table keeps its order, so it mostly is the expected one.
  private func place(of name: Span<UInt8>, _ expected: Int) -> Int {
    if expected < disks.count, disks[expected].isNamed(name) { return expected }
    for place in disks.indices where disks[place].isNamed(name) { return place }
    var isPart = false
    for disk in disks where !disk.isPart && disk.hasPart(name) { isPart = true }
    disks.append(Disk(name, isPart: isPart))
    now.counters.append(nil)
    return disks.count - 1
  }

  /// Asks what a `dm-3` is. The number goes to another device after a start, and sometimes before.
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
