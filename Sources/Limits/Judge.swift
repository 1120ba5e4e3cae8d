/// The states of all judged series: samples in, changes of levels out. It has no clock of its own.
public struct Judge: Sendable {
  private var states: [SeriesNumber: FieldState] = [:]

  public init() {}

  /// The state of a series; that of a series never seen before its first sample.
  public subscript(series: SeriesNumber) -> FieldState { states[series] ?? FieldState() }

  /// The level of a series, ``Level/ok`` before its first sample.
  public func level(of series: SeriesNumber) -> Level { states[series]?.level ?? .ok }

  /// Takes over a stored state.
  public mutating func restore(_ state: FieldState, of series: SeriesNumber) {
    states[series] = state
  }

  /// Judges the samples of one poll, in their order.
  public mutating func judge(_ samples: [SeriesSample], now: Int) -> [LevelChange] {
    samples.compactMap { sample in
      states[sample.series, default: FieldState()]
        .judge(sample.sample, now: now, by: sample.rules)
        .map { LevelChange(series: sample.series, change: $0) }
    }
  }

  /// Tells the time to series that may have had no sample for too long.
  public mutating func elapse(
    _ judged: [(series: SeriesNumber, rules: Rules)], to now: Int
  ) -> [LevelChange] {
    judged.compactMap { judged in
      states[judged.series, default: FieldState()].elapse(to: now, by: judged.rules)
        .map { LevelChange(series: judged.series, change: $0) }
    }
  }

  /// Forgets a series that is no longer kept.
  public mutating func forget(_ series: SeriesNumber) { states[series] = nil }
}
