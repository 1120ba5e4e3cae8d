/// What the writer knows of a file that it has looked at.
struct KnownFile: Sendable {
  /// What the file is.
  let spec: RRDSpec
  /// The time of its newest value, in seconds since 1970.
  private(set) var lastUpdate: Int

  /// Records that librrd has taken the updates. Those that it passed over in silence, because the file's newest value lies in the
  /// future, become a failure.
  mutating func written(
    _ updates: [RRDUpdate], _ range: Range<Int>, now: Int, _ failures: inout [RRDFailure]
  ) {
    if lastUpdate > now {
      let lost = range.prefix { updates[$0].time < lastUpdate }
      if let first = lost.first, let last = lost.last {
        failures.append(
          RRDFailure(
            path: updates[first].path,
            error: RRDError(
              .other, "cannot update \(updates[first].path): its newest value lies in the future"),
            fate: .closed(until: lastUpdate), updates: first..<(last + 1)))
      }
    }
    lastUpdate = max(lastUpdate, updates[range.upperBound - 1].time)
  }
}

/// The known files by the numbers of their series, in 8 bytes each: specs are few, however many files there are.
struct KnownFiles: Sendable {
  private struct Entry: Sendable {
    /// In seconds since 1970, at most in 2106.
    var lastUpdate: UInt32 = 0
    /// The place of the file's spec, counted from 1; 0 for a file that is not known.
    var spec: UInt16 = 0
  }

  private var entries: [Entry] = []
  private var specs: [RRDSpec] = []
  private var places: [RRDSpec: UInt16] = [:]

  /// Series have small numbers; a number beyond these is looked at in each cycle.
  private static let mostEntries = 1 << 26

  /// What is known of the file of a series; `nil` for one that was not looked at.
  subscript(number: UInt32) -> KnownFile? {
    get {
      let index = Int(number)
      guard index < entries.count, entries[index].spec > 0 else { return nil }
      return KnownFile(
        spec: specs[Int(entries[index].spec) - 1], lastUpdate: Int(entries[index].lastUpdate))
    }
    set {
      let index = Int(number)
      guard let newValue else {
        if index < entries.count { entries[index].spec = 0 }
        return
      }
      guard index < KnownFiles.mostEntries else { return }
      let place = self.place(of: newValue.spec)
      if index >= entries.count {
        entries.append(contentsOf: repeatElement(Entry(), count: index + 1 - entries.count))
      }
      entries[index] = Entry(lastUpdate: UInt32(clamping: newValue.lastUpdate), spec: place)
    }
  }

  /// Whether the file of a series was looked at and is what it is to be.
  func holds(_ number: UInt32, _ spec: RRDSpec) -> Bool {
    let index = Int(number)
    guard index < entries.count, entries[index].spec > 0 else { return false }
    return specs[Int(entries[index].spec) - 1] == spec
  }

  /// Records that librrd has taken the updates of a known file, see ``KnownFile/written(_:_:now:_:)``. Its spec stays the one that is
  /// stored: nothing is looked for.
  mutating func written(
    _ number: UInt32, _ updates: [RRDUpdate], _ range: Range<Int>, now: Int,
    _ failures: inout [RRDFailure]
  ) {
    guard var file = self[number] else { return }
    file.written(updates, range, now: now, &failures)
    entries[Int(number)].lastUpdate = UInt32(clamping: file.lastUpdate)
  }

  mutating func removeAll() { self = KnownFiles() }

  private mutating func place(of spec: RRDSpec) -> UInt16 {
    if let known = places[spec] { return known }
    // Limits that change with each config would fill the table: then all files are looked at once more.
    if specs.count == Int(UInt16.max) { removeAll() }
    specs.append(spec)
    places[spec] = UInt16(specs.count)
    return UInt16(specs.count)
  }
}
