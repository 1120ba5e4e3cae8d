internal import MuninWire
internal import PluginKit

/// Reads what a control group says of its memory.
struct ControlGroupReader {
  let group: ControlGroup.Level
  let host: Host

  // MARK: The second version

  /// Takes the limits of the group, as far as they are below what the machine has.
  ///
  /// `memory.high` counts like `memory.max`: whoever is above it is held up until he is below.
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

  // MARK: The first version

  func takeFirstVersion(of machine: MemInfo, into bounds: inout MemoryBounds) throws(PluginError) {
    // No limit is a number near 2^63.
    guard let limit = try number("/memory.limit_in_bytes"), limit < machine.whole else { return }
    let usage = try needed("/memory.usage_in_bytes")
    let stat = try stat(
      "total_cache ", "total_shmem ", "total_inactive_file ", "total_active_file ", "total_none ")
    bounds.take(
      limit: limit, file: "memory.limit_in_bytes", group: group, isFirstVersion: true,
      usage: usage, stat)
    // Swap is limited together with memory: what may be swapped is what is above the memory's limit.
    let swap = machine[.swapTotal] ?? 0
    if swap > 0, let both = try number("/memory.memsw.limit_in_bytes"),
      both.droppingBelowZero(limit) < swap
    {
      let used = try needed("/memory.memsw.usage_in_bytes").droppingBelowZero(usage)
      bounds.take(swapUsed: used, limit: both.droppingBelowZero(limit))
    }
  }

  /// Whether pages of this group count in the group above (the first version, use_hierarchy).
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

  /// A number; `nil` for the word `max`, and where there is no such file.
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

  /// What `memory.stat` says of caches.
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
    // Without them hardly anything would seem to be left.
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
  /// Takes a limit: each leaves some room, and the least room counts. The smallest limit is what 100 % is.
  mutating func take(
    limit: UInt64, file: StaticString, group: ControlGroup.Level, isFirstVersion: Bool,
    usage: UInt64, _ stat: ControlGroupReader.Stat
  ) {
    let free = limit.droppingBelowZero(usage)
    var room = free
    // Pages of files and cached objects of the kernel are given back before anybody is refused.
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
