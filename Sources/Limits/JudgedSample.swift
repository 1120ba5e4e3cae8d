/// A sample of a judged series, as a poll brought it.
public struct JudgedSample: Sendable, Hashable {
  public let series: SeriesNumber
  /// The reading with its time, before `cdef`.
  public let cell: ValueCell

  public init(_ series: SeriesNumber, _ cell: ValueCell) {
    self.series = series
    self.cell = cell
  }
}
