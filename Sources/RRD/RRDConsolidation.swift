/// How several values become one row.
public enum RRDConsolidation: String, Sendable, Hashable, CaseIterable {
  case average = "AVERAGE"
  case min = "MIN"
  case max = "MAX"
}
