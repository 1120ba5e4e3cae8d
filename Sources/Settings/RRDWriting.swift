/// When RRD files are written: munin.conf's `rrd_write`.
public enum RRDWriting: String, Sendable, Hashable, CaseIterable {
  /// Twelve values of a file together, after an hour at the latest, and before it is looked at.
  case behind
  /// After each poll.
  case direct
  /// Never.
  case off
}
