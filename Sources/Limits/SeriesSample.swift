/// A sample of a judged series, with the rules that it is judged by.
public struct SeriesSample: Sendable, Hashable {
  public let series: SeriesNumber
  public let sample: Sample
  public let rules: Rules

  public init(series: SeriesNumber, sample: Sample, rules: Rules) {
    self.series = series
    self.sample = sample
    self.rules = rules
  }
}
