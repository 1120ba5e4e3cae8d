extension RRDWriter {
  /// Everything `rrdtool info` prints of the file, by its keys.
  public func info(_ path: String) throws(RRDError) -> [String: String] { try RRDFile(path).info() }

  /// The time of the newest value, in seconds since 1970.
  public func lastUpdate(_ path: String) throws(RRDError) -> Int {
    try RRDFile(path).lastUpdate()
  }

  /// The rows between two times, at the resolution closest to `resolution` seconds.
  public func fetch(
    _ path: String, _ consolidation: RRDConsolidation, start: Int, end: Int, resolution: Int
  ) throws(RRDError) -> RRDRows {
    try RRDFile(path).fetch(consolidation, start: start, end: end, resolution: resolution)
  }

  /// The averages in a range of times, each from the finest archive that holds it, the oldest first.
  public func history(of path: String, in range: Range<Int>) throws(RRDError) -> [RRDRows] {
    try RRDFile(path).history(in: range)
  }
}
