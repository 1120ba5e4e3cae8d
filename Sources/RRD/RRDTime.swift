internal import CRRD
internal import Glibc

/// Times as rrdtool takes them (rrdfetch(1), AT-STYLE TIME SPECIFICATION): `-7d`, `20261101`, `noon yesterday`, `1795992000`.
public enum RRDTime {
  /// Understands the ends of a range, which may refer to each other: `end-1h`.
  /// - Returns: seconds since 1970.
  public static func range(from start: String, to end: String) throws(RRDError) -> Range<Int> {
    var parts = (rrd_time_value_t(), rrd_time_value_t())
    try parse(start, &parts.0)
    try parse(end, &parts.1)
    var (first, last) = (time_t(), time_t())
    rrd_clear_error()
    guard rrd_proc_start_end(&parts.0, &parts.1, &first, &last) == 0 else {
      throw RRDError("'\(start)' to '\(end)'", path: "")
    }
    guard first < last else {
      throw RRDError(.refused, "'\(start)' to '\(end)': expected a start before the end")
    }
    return first..<last
  }

  private static func parse(_ text: String, _ value: inout rrd_time_value_t) throws(RRDError) {
    // librrd returns its words, which it owns.
    guard let words = rrd_parsetime(text, &value) else { return }
    throw RRDError(
      .refused, "'\(text)': expected a time as rrdtool takes it: \(String(cString: words))")
  }
}
