internal import MuninWire
internal import PluginKit

/// Reads the memory limits and the memory use of one control group.
struct ControlGroupReader {
  let group: ControlGroup.Ancestor
  let host: Host

  // MARK: Version 2

  /// Adds the limits of the group that are below what the machine has.
  ///
  /// `memory.high` counts like `memory.max`: the kernel stalls processes above it until they are below.
  func take(of machine: MemInfo, into bounds: inout MemoryBounds) throws(PluginError) {
    var limit = UInt64.max
    var file: StaticString = "memory.max"
    if let most = try number("/memory.max") { limit = most }
    if let high = try number("/memory.high"), high < limit { (limit, file) = (high, "memory.high") }
    if limit < machine.whole {
      let usage = try needed("/memory.current")
      let stat = try stat(
        "file ", "shmem ", "inactive_file ", "active_file ", "slab_reclaimable ")
      bounds.take(
        limit: limit, file: file, group: group, isFirstVersion: false, usage: usage, stat)
    }
    let swap = machine[.swapTotal] ?? 0
    if swap > 0, let most = try number("/memory.swap.max"), most < swap {
      bounds.take(swapUsed: try needed("/memory.swap.current"), limit: most)
    }
  }

  // MARK: Version 1

  func takeFirstVersion(of machine: MemInfo, into bounds: inout MemoryBounds) throws(PluginError) {
    // Without a limit the file holds a number near 2^63.
    guard let limit = try number("/memory.limit_in_bytes"), limit < machine.whole else { return }
    let usage = try needed("/memory.usage_in_bytes")
    let stat = try stat(
      "total_cache ", "total_shmem ", "total_inactive_file ", "total_active_file ", "total_none ")
    bounds.take(
      limit: limit, file: "memory.limit_in_bytes", group: group, isFirstVersion: true,
      usage: usage, stat)
    // Version 1 limits the sum of memory and swap: the swap limit is what that leaves above the memory limit.
    let swap = machine[.swapTotal] ?? 0
    if swap > 0, let both = try number("/memory.memsw.limit_in_bytes"),
      both.droppingBelowZero(limit) < swap
    {
      let used = try needed("/memory.memsw.usage_in_bytes").droppingBelowZero(usage)
      bounds.take(swapUsed: used, limit: both.droppingBelowZero(limit))
    }
  }

  /// Whether pages of this group are charged to the group above too (version 1, use_hierarchy).
  var isCountedAbove: Bool {
    get throws(PluginError) {
      let folder = Array(group.folder[..<(group.folder.lastIndex(of: 0x2F) ?? 0)])
      let flag = try host.readIfPresent(in: folder, "/memory.use_hierarchy") { text in
        text.count > 0 && text[0] == 0x30
      }
      return flag != true
    }
  }

  // MARK: Files

  /// The number in a file; `nil` for the word `max` and for a missing file.
  private func number(_ file: StaticString) throws(PluginError) -> UInt64? {
    try host.readIfPresent(in: group.folder, file) { text throws(PluginError) -> UInt64? in
      var words = WordReader()
      guard let word = words.next(in: text) else { throw strange(file, text) }
      if text.extracting(word).isEqual(to: "max") { return nil }
      guard let number = parseUnsigned(text.extracting(word)) else { throw strange(file, text) }
      return number
    } ?? nil
  }

  private func needed(_ file: StaticString) throws(PluginError) -> UInt64 {
    guard let number = try number(file) else {
      throw PluginError(
        source: "\(String(copying: group.folder.span))\(file)", expected: "a number of bytes",
        found: "none")
    }
    return number
  }

  /// The counts of `memory.stat` that concern caches, in bytes.
  struct Stat {
    var cache, shmem, inactiveFiles, activeFiles, slab: UInt64?
  }

  private func stat(
    _ cache: StaticString, _ shmem: StaticString, _ inactive: StaticString,
    _ active: StaticString, _ slab: StaticString
  ) throws(PluginError) -> Stat {
    let stat = try host.readIfPresent(in: group.folder, "/memory.stat") { text in
      var stat = Stat()
      var lines = LineReader()
      while let range = lines.next(in: text) {
        let line = text.extracting(range)
        func take(_ name: StaticString, _ value: inout UInt64?) {
          guard line.hasPrefix(name) else { return }
          var words = WordReader(from: name.utf8CodeUnitCount)
          value = words.unsigned(in: line)
        }
        take(cache, &stat.cache)
        take(shmem, &stat.shmem)
        take(inactive, &stat.inactiveFiles)
        take(active, &stat.activeFiles)
        take(slab, &stat.slab)
      }
      return stat
    }
    // Without these counts a full page cache would look like used memory.
    guard let stat, stat.inactiveFiles != nil, stat.activeFiles != nil else {
      throw PluginError(
        source: "\(String(copying: group.folder.span))/memory.stat",
        expected: "\(inactive)and \(active)", found: "one or none")
    }
    return stat
  }

  private func strange(_ file: StaticString, _ text: Span<UInt8>) -> PluginError {
    PluginError(
      source: "\(String(copying: group.folder.span))\(file)",
      expected: "a number of bytes or max", found: excerpt(text))
  }
}

extension MemoryBounds {
  /// Adds a limit. The least room that any limit leaves counts; the smallest limit is the 100 % of thresholds.
  mutating func take(
    limit: UInt64, file: StaticString, group: ControlGroup.Ancestor, isFirstVersion: Bool,
    usage: UInt64, _ stat: ControlGroupReader.Stat
  ) {
    let free = limit.droppingBelowZero(usage)
    var room = free
    // The kernel reclaims pages of files and cached kernel objects before it refuses memory.
    for part in [stat.inactiveFiles, stat.activeFiles, stat.slab] {
      room = room.addingReportingOverflow(part ?? 0).overflow ? .max : room &+ (part ?? 0)
    }
    self.free = min(self.free, free)
    available = min(available, room, limit)
    if let memory, memory.bytes <= limit { return }
    var cached: UInt64?
    if let cache = stat.cache, let shmem = stat.shmem { cached = cache.droppingBelowZero(shmem) }
    memory = Limit(
      bytes: limit, file: file, group: group, isFirstVersion: isFirstVersion, cached: cached)
  }

  mutating func take(swapUsed used: UInt64, limit: UInt64) {
    if let swap, swap.limit <= limit { return }
    swap = (used, limit)
  }
}
