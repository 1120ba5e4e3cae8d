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
