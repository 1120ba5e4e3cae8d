/// One run of one series.
extension SeriesJudge {
  /// Judges a sample that was taken; `nil` for one without a known value.
  mutating func judge(
    _ taken: Double?, _ sample: JudgedSample, _ place: Int, _ form: RuleForm,
    _ value: (SeriesNumber, Int) -> Double?
  ) -> LevelCrossing? {
    let time = UInt32(clamping: sample.cell.time)
    let verdict =
      form.isPlain
      ? taken.map { Verdict(plain: $0, form) }
      : taken.flatMap { self.verdict($0, at: time, sample.series, place, form, value) }
    guard let verdict else { return miss(sample.series, place, at: Int(time), form) }
    if slots[place].flags.contains(.restored) {
      if verdict.rank == .good, isStillMoving(place, form, to: time) {
        slots[place].value = verdict.value
        remember(verdict.value, at: time, place, form)
        return nil
      }
      slots[place].flags.remove(.restored)
    }
    let crossing = change(sample.series, place, .value, verdict.broken) { slot in
      if verdict.isTrending { slot.flags.insert(.trend) } else { slot.flags.remove(.trend) }
      return slot.observe(
        verdict.value, verdict.rank, endsWarning: verdict.endsWarning,
        endsCritical: verdict.endsCritical, at: time, form)
    }
    remember(verdict.value, at: time, place, form)
    return crossing
  }

  /// Keeps a value where rate or trend need it.
  private mutating func remember(_ value: Double, at time: UInt32, _ place: Int, _ form: RuleForm) {
    let history = Int(slots[place].history)
    guard history >= 0 else { return }
    let period = form.period
    histories[history].rate.add(
      value, at: time, spacing: SampleHistory.rateSpacing(period: period))
    if let trend = rules.shared[Int(slots[place].rules)].rules.trend {
      histories[history].trend.add(
        value, at: time, spacing: SampleHistory.trendSpacing(of: trend, period: period))
    }
  }

  /// After a restart: whether a value was bad by its movement, of which too little is known again to say that it is good.
  private func isStillMoving(_ place: Int, _ form: RuleForm, to time: UInt32) -> Bool {
    let slot = slots[place]
    let history = Int(slot.history)
    let rules = rules.shared[Int(slot.rules)].rules
    guard history >= 0, slot.ring & 3 != 0, !slot.value.isNaN,
      // Its range was kept: so it was the movement.
      form.warning.contains(slot.value), form.critical.contains(slot.value)
    else { return false }
    var needed = 0
    if rules.rateWarning != nil || rules.rateCritical != nil { needed = max(60, 3 * form.period) }
    if let trend = rules.trend {
      needed = max(needed, SampleHistory.span(of: trend, period: form.period) * 2 / 3)
    }
    let oldest = [histories[history].rate, histories[history].trend]
      .compactMap { $0.count > 0 ? $0[0].time : nil }.min()
    // Polls do not come to the second.
    return oldest.map { Int(time) - Int($0) < needed + form.period } ?? true
  }

  /// By all that there is; `nil` when the value cannot be judged, since another field's value is unknown.
  private func verdict(
    _ taken: Double, at time: UInt32, _ series: SeriesNumber, _ place: Int, _ form: RuleForm,
    _ value: (SeriesNumber, Int) -> Double?
  ) -> Verdict? {
    let shared = rules.shared[Int(slots[place].rules)]
    let found = Verdict(taken, shared.rules) { $0 == 0 ? taken : value(series, $0 - 1) }
    guard var verdict = found else { return nil }
    let history = Int(slots[place].history)
    guard history >= 0 else { return verdict }
    if shared.rules.rateWarning != nil || shared.rules.rateCritical != nil,
      let change = histories[history].rate.change(
        to: verdict.value, at: time, period: form.period)
    {
      verdict.judge(change: change, shared.rules)
    }
    if let trend = shared.rules.trend {
      let wasTrending = slots[place].flags.contains(.trend)
      // A line that is told may fit a little worse, so that it does not come and go.
      let line = histories[history].trend.line(
        to: verdict.value, at: time, span: SampleHistory.span(of: trend, period: form.period),
        fit: wasTrending ? 0.6 : 0.8)
      if let line { verdict.judge(line, trend, wasTrending: wasTrending) }
    }
    return verdict
  }

  /// Counts a run without a known value.
  mutating func miss(
    _ series: SeriesNumber, _ place: Int, at now: Int, _ form: RuleForm
  ) -> LevelCrossing? {
    change(series, place, .silence, nil) { slot in
      slot.observeUnknown(at: UInt32(clamping: now), form)
    }
  }

  /// Lets a slot step, and sees whether it has to be stored.
  mutating func change(
    _ series: SeriesNumber, _ place: Int, _ reason: LevelCrossing.Reason, _ broken: BrokenLimit?,
    _ event: (inout JudgeSlot) -> JudgeSlot.Step?
  ) -> LevelCrossing? {
    let before = slots[place]
    let step = event(&slots[place])
    let after = slots[place]
    if before.isRestless || after.isRestless,
      step != nil || before.ring != after.ring || before.missed != after.missed
        || before.level != after.level
    {
      unstored.insert(series)
    } else if before.knownSince != after.knownSince {
      // Once for each series: after a restart, too, it is known when a trouble began.
      unstored.insert(series)
    }
    return step.map { crossing(series, $0, after.value, broken, reason) }
  }

  func crossing(
    _ series: SeriesNumber, _ step: JudgeSlot.Step, _ value: Double, _ broken: BrokenLimit?,
    _ reason: LevelCrossing.Reason
  ) -> LevelCrossing {
    func time(_ stored: UInt32) -> Int? { stored == 0 ? nil : Int(stored) }
    return LevelCrossing(
      series: series, from: step.from, to: step.to, since: time(step.since),
      knownSince: time(step.knownSince), badSince: time(step.badSince), at: Int(step.at),
      value: value.isNaN ? nil : value, broken: step.to == .ok ? nil : broken, reason: reason)
  }
}
