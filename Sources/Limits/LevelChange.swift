/// A series' step from one level to another.
public struct LevelChange: Sendable, Hashable {
  public let series: SeriesNumber
  public let change: Change

  public init(series: SeriesNumber, change: Change) {
    self.series = series
    self.change = change
  }
}
