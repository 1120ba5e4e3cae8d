internal import MuninWire

extension JudgeSlot {
  /// Whether a good value changes nothing but the value.
  var isSound: Bool {
    level == .ok && ring == 0 && missed == 0 && knownSince != 0
      && flags.isDisjoint(with: [.warning, .critical, .trend])
  }

  /// Takes a sample.
  /// - Returns: its value before `cdef`, per second for rates, `.some(nil)` when it is unknown; `nil` when the sample has no
  ///   effect.
  mutating func accept(_ cell: ValueCell, now: Int, _ form: RuleForm) -> Double?? {
    forgetFuture(now, form)
    // Clocks differ a little.
    guard cell.time <= now + form.freshness, cell.time > Int(seen) else { return nil }
    seen = UInt32(clamping: cell.time)
    if form.isMunin {
      // munin's rate is that of the last two samples, known or not.
      defer { previous = cell }
      return .some(MuninJudge.value(of: cell, after: previous, as: form.type, now: now))
    }
    let value = cell.value(as: form.type, after: previous, within: form.freshness)
    if cell.kind != .unknown { previous = cell }
    return .some(value.flatMap { form.possible.contains($0) ? $0 : nil })
  }

  /// After our own clock was set back, what was seen later than now no longer counts.
  mutating func forgetFuture(_ now: Int, _ form: RuleForm) {
    guard Int(seen) > now + form.freshness else { return }
    seen = 0
    previous = .none
  }
}
