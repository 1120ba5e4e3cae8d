public import Limits

/// One value for the file of a series.
public struct SeriesValue: Sendable, Hashable {
  public var series: SeriesNumber
  /// When it was taken, in seconds since 1970.
  public var time: Int
  /// As librrd takes it: a plain decimal or `U`, at most 255 bytes.
  public var text: String

  public init(series: SeriesNumber, time: Int, text: String) {
    self.series = series
    self.time = time
    self.text = text
  }
}
