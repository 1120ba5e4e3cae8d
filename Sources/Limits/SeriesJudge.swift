/// The states of all judged series: samples in, crossings of levels out. It has no clock of its own.
///
/// A series takes 64 bytes and 4 for its number; rules are kept once, however many series have them. Judging a sound series
/// allocates nothing.
public struct SeriesJudge: Sendable {
  var slots: [JudgeSlot] = []
  var rules = RuleTable()
  var histories: [SeriesHistory] = []
  var places = SlotPlaces()
  private var free: [Int] = []
  private var freeHistories: [Int32] = []
  var unstored: Set<SeriesNumber> = []

  public init() {}

  /// How many series are judged or kept.
  public var count: Int { slots.count - free.count }
  /// How many different rules they have.
  public var ruleCount: Int { rules.count }

  // MARK: What is known

  /// The level of a series, ``Level/ok`` before its first sample.
  public func level(of series: SeriesNumber) -> Level {
    places[series].map { slots[$0].level } ?? .ok
  }

  /// The value judged last, in the unit shown; `nil` when it is unknown.
  public func value(of series: SeriesNumber) -> Double? {
    places[series].flatMap { slots[$0].value.isNaN ? nil : slots[$0].value }
  }

  /// The rules of a series.
  public func rules(of series: SeriesNumber) -> SeriesRules? {
    guard let place = places[series], slots[place].rules >= 0 else { return nil }
    return rules.shared[Int(slots[place].rules)].rules
  }

  // MARK: Storing

  /// The state of a series as it is to be stored.
  public func stored(_ series: SeriesNumber) -> StoredState {
    guard let place = places[series] else { return StoredState() }
    let slot = slots[place]
    func time(_ stored: UInt32) -> Int? { stored == 0 ? nil : Int(stored) }
    return StoredState(
      level: slot.level, since: time(slot.since), knownSince: time(slot.knownSince),
      ring: slot.ring,
      // Where only values are missing: since when.
      badSince: slot.ring != 0
        ? time(slot.warningSince) : slot.missed > 0 ? time(slot.missedSince) : nil,
      missed: Int(slot.missed), seen: time(slot.seen), previous: slot.previous,
      value: slot.value.isNaN ? nil : slot.value)
  }

  /// Takes over a stored state.
  public mutating func restore(_ stored: StoredState, of series: SeriesNumber) {
    let place = place(of: series)
    func time(_ stored: Int?) -> UInt32 { stored.map { UInt32(clamping: $0) } ?? 0 }
    var slot = slots[place]
    slot.level = stored.level
    slot.since = time(stored.since)
    slot.knownSince = time(stored.knownSince)
    slot.ring = stored.ring
    if stored.ring != 0 || stored.missed == 0 {
      slot.warningSince = time(stored.badSince)
    } else {
      slot.missedSince = time(stored.badSince)
    }
    // Where all bad runs are critical, the first of them began both.
    slot.criticalSince =
      stored.level == .critical
      ? time(stored.since) : slot.isBadOnlyCritically ? slot.warningSince : 0
    slot.missed = UInt16(clamping: stored.missed)
    slot.seen = time(stored.seen)
    slot.previous = stored.previous
    slot.value = stored.value ?? .nan
    switch stored.level {
    case .critical: slot.flags = [.critical, .warning]
    case .warning: slot.flags = .warning
    case .ok, .unknown: slot.flags = []
    }
    if slot.level >= .warning { slot.flags.insert(.restored) }
    slots[place] = slot
  }

  /// The series whose stored state is out of date, once each. A sound series is there once, with its first value.
  public mutating func takeUnstored() -> [SeriesNumber] {
    guard !unstored.isEmpty else { return [] }
    defer { unstored.removeAll(keepingCapacity: unstored.count < 10_000) }
    return unstored.sorted()
  }

  // MARK: Events

  /// Sets the rules of a series. Where they are others than before, the last value is judged by them at once.
  /// - Parameters:
  ///   - rules: `nil` for a series that has no limits any more.
  ///   - value: see ``judge(_:now:value:)``; limits that need other fields wait for the next poll.
  /// - Returns: the step to another level, with the reason ``LevelCrossing/Reason/settings``.
  public mutating func set(
    _ rules: SeriesRules?, for series: SeriesNumber, now: Int
  ) -> LevelCrossing? {
    guard let rules else { return end(series, now: now, .settings) }
    let place = place(of: series)
    let former = slots[place].rules
    let number = self.rules.retain(rules)
    if former == number {
      self.rules.release(number)
      return nil
    }
    slots[place].rules = number
    setHistory(of: place, rules)
    guard former >= 0 else { return nil }
    let formerUnit = self.rules.shared[Int(former)].rules.unit
    self.rules.release(former)
    let form = self.rules.forms[Int(number)]
    let slot = slots[place]
    // A value in another unit, or limits that depend on other fields, wait for the next sample.
    guard slot.level != .unknown, !slot.value.isNaN, formerUnit == rules.unit,
      let verdict = Verdict(last: slot.value, rules)
    else {
      slots[place].ring &= form.window
      return nil
    }
    let time = UInt32(clamping: now)
    return change(series, place, .settings, verdict.broken) { slot in
      slot.settle(verdict.rank, at: time, form)
    }
  }

  /// A series is no longer watched: its field, service or node is gone.
  public mutating func remove(_ series: SeriesNumber, now: Int) -> LevelCrossing? {
    end(series, now: now, .removed)
  }

  /// Judges the samples of one poll, in their order.
  ///
  /// A sample that is not newer than the last has no effect, so samples may be judged again after a crash. Neither has one from the
  /// future, where a node's clock is wrong: it would make all true samples look old.
  /// - Parameter value: the newest value of another field of the series' graph, per second for rates, before `cdef`; the number
  ///   is its place in the description. Numbers from the count of fields on are those that ``RuleBook`` was told.
  public mutating func judge(
    _ samples: [JudgedSample], now: Int,
    value: (SeriesNumber, Int) -> Double? = { _, _ in nil }
  ) -> [LevelCrossing] {
    var crossings: [LevelCrossing] = []
    for sample in samples {
      guard let place = places[sample.series], slots[place].rules >= 0 else { continue }
      let form = rules.forms[Int(slots[place].rules)]
      guard let taken = slots[place].accept(sample.cell, now: now, form) else { continue }
      if form.isPlain, let known = taken {
        // The usual case: a good value of a sound series.
        if form.warning.contains(known), form.critical.contains(known), slots[place].isSound {
          slots[place].value = known
          continue
        }
      }
      if let crossing = judge(taken, sample, place, form, value) { crossings.append(crossing) }
    }
    return crossings
  }

  /// Tells the time to series that may have had no sample for too long.
  public mutating func elapse(_ series: [SeriesNumber], to now: Int) -> [LevelCrossing] {
    var crossings: [LevelCrossing] = []
    for series in series {
      guard let place = places[series], slots[place].rules >= 0 else { continue }
      let form = rules.forms[Int(slots[place].rules)]
      slots[place].forgetFuture(now, form)
      if slots[place].seen != 0, Int(slots[place].seen) >= now - form.freshness { continue }
      if let crossing = miss(series, place, at: now, form) { crossings.append(crossing) }
    }
    return crossings
  }

  /// Counts an unknown run of each series at once: its service failed, and no value can come in this poll. In munin's manner the last value
  /// counts for its time whatever became of the service.
  public mutating func miss(_ series: [SeriesNumber], at now: Int) -> [LevelCrossing] {
    var crossings: [LevelCrossing] = []
    for series in series {
      guard let place = places[series], slots[place].rules >= 0,
        Int(slots[place].seen) < now
      else { continue }
      let form = rules.forms[Int(slots[place].rules)]
      if form.isMunin {
        crossings += elapse([series], to: now)
        continue
      }
      slots[place].seen = UInt32(clamping: now)
      if let crossing = miss(series, place, at: now, form) { crossings.append(crossing) }
    }
    return crossings
  }

  // MARK: Slots

  private mutating func place(of series: SeriesNumber) -> Int {
    if let place = places[series] { return place }
    let place: Int
    if let last = free.popLast() {
      place = last
      slots[last] = JudgeSlot()
    } else {
      place = slots.count
      slots.append(JudgeSlot())
    }
    places[series] = place
    return place
  }

  /// Ends a series; a trouble that it has ends with it.
  private mutating func end(
    _ series: SeriesNumber, now: Int, _ reason: LevelCrossing.Reason
  ) -> LevelCrossing? {
    guard let place = places[series] else { return nil }
    var slot = slots[place]
    let step = slot.level == .ok ? nil : slot.step(to: .ok, at: UInt32(clamping: now))
    let crossing = step.map { self.crossing(series, $0, slot.value, nil, reason) }
    if slot.isRestless || step != nil { unstored.insert(series) }
    rules.release(slot.rules)
    if slot.history >= 0 { freeHistories.append(slot.history) }
    slots[place] = JudgeSlot()
    free.append(place)
    places[series] = nil
    return crossing
  }

  /// Keeps former values where rate or trend need them, and only there.
  private mutating func setHistory(of place: Int, _ rules: SeriesRules) {
    let isNeeded =
      rules.manner == .apus
      && (rules.trend != nil || rules.rateWarning != nil || rules.rateCritical != nil)
    let history = slots[place].history
    if isNeeded, history < 0 {
      if let last = freeHistories.popLast() {
        histories[Int(last)] = SeriesHistory()
        slots[place].history = last
      } else {
        slots[place].history = Int32(histories.count)
        histories.append(SeriesHistory())
      }
    } else if !isNeeded, history >= 0 {
      freeHistories.append(history)
      slots[place].history = -1
    }
  }
}
