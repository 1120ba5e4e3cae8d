public import Limits

/// One value for the file of a series.
public struct SeriesValue: Sendable, Hashable {
  public var series: SeriesNumber
  /// When it was taken, in seconds since 1970.
  public var time: Int
  /// As librrd takes it: a plain decimal or `U`, at most 255 bytes. Empty: there is no value, only the file is made.
  public var text: String

  public init(series: SeriesNumber, time: Int, text: String) {
    self.series = series
    self.time = time
    self.text = text
  }

  /// Makes the file of a series, where there is none yet, for values after a time.
  public static func fileOnly(_ series: SeriesNumber, at time: Int) -> SeriesValue {
    SeriesValue(series: series, time: time, text: "")
  }
}
