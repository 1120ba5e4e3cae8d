internal import MuninWire

/// A row of a series' history: a value, per second for rates and before `cdef`, that stands for a stretch of time.
public struct ReplayRow: Sendable, Hashable {
  /// The end of the stretch, in seconds since 1970.
  public let time: Int
  /// `nil` when it is not known.
  public let value: Double?

  public init(time: Int, value: Double?) {
    self.time = time
    self.value = value
  }
}

/// A trouble that a replay has found: from the first warning or critical level to the next ok.
public struct ReplayTrouble: Sendable, Hashable {
  public let crossings: [LevelCrossing]

  /// When it began.
  public var began: Int { crossings.first?.began ?? 0 }
  /// When it was over; `nil` when it lasts at the end of the history.
  public var ended: Int? { crossings.last.flatMap { $0.to == .ok ? $0.at : nil } }
  public var worst: Level { crossings.map(\.to).max() ?? .ok }
  /// How many messages tell of it: its begin, each time that it grew worse than before, and its end.
  public var messages: Int {
    var worst = Level.ok
    var count = ended == nil ? 0 : 1
    for crossing in crossings where crossing.to > worst {
      worst = crossing.to
      count += 1
    }
    return count
  }
}

/// The judge run over a history: which troubles there would have been.
public enum Replay {
  /// - Parameters:
  ///   - rows: in the order of their times.
  ///   - step: the seconds that a row stands for. Where that is more than one run, each run has the row's value: an archive of
  ///     half hours does not make a hold of two runs last an hour.
  ///   - rules: how the series is judged. Its type does not count: the rows are rates already.
  ///   - value: another field at the time of a row, see ``SeriesJudge/judge(_:now:value:)``.
  public static func crossings(
    _ rows: [ReplayRow], step: Int, by rules: SeriesRules,
    value: (Int, Int) -> Double? = { _, _ in nil }
  ) -> [LevelCrossing] {
    let series = SeriesNumber(1)
    var rules = rules
    rules.type = .gauge
    let period = max(1, min(step, rules.freshness / 2))
    var judge = SeriesJudge()
    _ = judge.set(rules, for: series, now: 0)
    var crossings: [LevelCrossing] = []
    for row in rows {
      let runs = max(1, step / period)
      for run in stride(from: runs - 1, through: 0, by: -1) {
        let time = row.time - run * period
        let cell = row.value.map { ValueCell($0, at: time) } ?? ValueCell(unknownAt: time)
        crossings += judge.judge([JudgedSample(series, cell)], now: time) { _, field in
          value(row.time, field)
        }
      }
    }
    return crossings
  }

  /// The troubles that crossings make up. Unknown values are none, and neither begin nor end one: before its first value a file has
  /// nothing else.
  public static func troubles(_ crossings: [LevelCrossing]) -> [ReplayTrouble] {
    var troubles: [ReplayTrouble] = []
    var open: [LevelCrossing] = []
    for crossing in crossings {
      if open.isEmpty, crossing.to < .warning { continue }
      open.append(crossing)
      guard crossing.to == .ok else { continue }
      troubles.append(ReplayTrouble(crossings: open))
      open = []
    }
    if !open.isEmpty { troubles.append(ReplayTrouble(crossings: open)) }
    return troubles
  }
}
