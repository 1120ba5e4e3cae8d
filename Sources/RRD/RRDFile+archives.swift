internal import CRRD

extension RRDFile {
  /// One archive of averages.
  struct Archive: Sendable, Hashable {
    /// Seconds between two rows.
    var step: Int
    var rows: Int
  }

  /// The archives of averages, the finest first.
  func archives() throws(RRDError) -> [Archive] {
    var consolidations: [String: String] = [:]
    var steps: [String: Int] = [:]
    var rows: [String: Int] = [:]
    var step = 0
    try eachEntry { entry in
      let key = String(cString: entry.key)
      if key == "step" { step = Int(clamping: entry.value.u_cnt) }
      guard key.hasPrefix("rra["), let end = key.firstIndex(of: "]") else { return }
      let archive = String(key[..<end])
      switch key[end...] {
      case "].cf": consolidations[archive] = String(cString: entry.value.u_str)
      case "].pdp_per_row": steps[archive] = Int(clamping: entry.value.u_cnt)
      case "].rows": rows[archive] = Int(clamping: entry.value.u_cnt)
      default: break
      }
    }
    let found = consolidations.filter { $0.value == RRDConsolidation.average.rawValue }.keys
    return found.compactMap { archive -> Archive? in
      guard let steps = steps[archive], let rows = rows[archive], rows > 0 else { return nil }
      let (seconds, overflow) = steps.multipliedReportingOverflow(by: step)
      return overflow || seconds <= 0 ? nil : Archive(step: seconds, rows: rows)
    }.sorted { ($0.step, $0.rows) < ($1.step, $1.rows) }
  }

  /// The rows of one archive between two times, `nil` where it does not reach: librrd by itself takes a coarser archive when
  /// one does not hold all that is asked for.
  /// - Parameter lastUpdate: the time of the file's newest value.
  func rows(
    _ consolidation: RRDConsolidation, of archive: Archive, lastUpdate: Int, from start: Int,
    to end: Int
  ) throws(RRDError) -> RRDRows? {
    let (span, overflow) = archive.step.multipliedReportingOverflow(by: archive.rows)
    let newest = lastUpdate - lastUpdate % archive.step
    let start = max(start, overflow ? 0 : newest - span, 0)
    let end = min(end, lastUpdate)
    guard start < end else { return nil }
    let rows = try fetch(consolidation, start: start, end: end, resolution: archive.step)
    return rows.step == archive.step ? rows : nil
  }

  /// The rows of averages in a range, each time from the finest archive that holds it, the oldest first.
  func history(in range: Range<Int>) throws(RRDError) -> [RRDRows] {
    let lastUpdate = try header().lastUpdate
    var parts: [RRDRows] = []
    var end = min(range.upperBound, lastUpdate)
    for archive in try archives() where end > range.lowerBound {
      // A row that reaches into the finer part is taken, and the finer rows in its time are not.
      let limit = parts.isEmpty ? end : (end + archive.step - 1) / archive.step * archive.step
      guard
        let rows = try rows(
          .average, of: archive, lastUpdate: lastUpdate, from: range.lowerBound, to: limit)?
          .between(range.lowerBound, min(limit, range.upperBound))
      else { continue }
      let last = rows.values.count - 1
      if let finer = parts.last, rows.time(of: last) >= finer.start {
        guard !rows.values[last].isNaN else {
          if let shorter = rows.between(range.lowerBound, end) { parts.append(shorter) }
          end = rows.start - rows.step
          continue
        }
        parts.removeLast()
        if let rest = finer.between(rows.time(of: last), .max) { parts.append(rest) }
      }
      parts.append(rows)
      end = rows.start - rows.step
    }
    return parts.reversed()
  }

  /// The time of the newest row that is known and not later than a time; `nil` when no such row is left.
  func newestKnown(until end: Int) throws(RRDError) -> Int? {
    let lastUpdate = try header().lastUpdate
    for archive in try archives() {
      guard
        let rows = try rows(.average, of: archive, lastUpdate: lastUpdate, from: 0, to: end)
      else { continue }
      for (index, value) in rows.values.enumerated().reversed()
      where !value.isNaN && rows.time(of: index) <= end {
        return rows.time(of: index)
      }
    }
    return nil
  }
}
