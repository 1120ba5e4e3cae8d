/// What has to be known of several values at once, the same for every source.
extension UPSReading {
  /// States that an object leaves open: other values decide.
  struct Doubts: OptionSet, Sendable {
    let rawValue: Int

    /// The output is fed from the battery; but some devices always are (inverters of a 48 V plant). It counts when
    /// the seconds on battery or the input say so too.
    static let onBattery = Doubts(rawValue: 1)
    /// The inverter does not work; a line-interactive UPS has voltage at its output all the same.
    static let off = Doubts(rawValue: 2)
    /// The device is well: its load is fed by the mains, unless another object tells otherwise.
    static let onLine = Doubts(rawValue: 4)
  }

  /// Decides what is open, and removes values and states that contradict others.
  mutating func judge(_ doubts: Doubts = []) {
    if doubts.contains(.onBattery) { judgeBattery() }
    // With voltage at the output the load is fed: on line or past the UPS.
    if doubts.contains(.off), (self[.output] ?? self[.output, 1] ?? 0) <= 50 { state.insert(.off) }
    judgeSource(doubts)
    if !state.isDisjoint(with: [.onBattery, .bypass, .off]) { state.remove(.onLine) }
    if let load = highest(.load), load > 100 { state.insert(.overload) }
    if let alarms, alarms < 0 { self.alarms = nil }
    removeWhatIsNotMeasured()
    findLostPhases()
  }

  /// Where the load's power comes from.
  static let sources: UPSState = [.onLine, .onBattery, .bypass, .off]

  private mutating func judgeBattery() {
    let isLong = self[.onBattery].map { $0 > 0 } ?? true
    let inputIsGood = highest(.input).map { $0 > UPSReading.lowestMains } ?? false
    if isLong || !inputIsGood || state.contains(.onBattery) {
      state.insert(.onBattery)
    } else {
      state.insert(.onLine)
    }
  }

  /// For devices that name a source such as "other", or none.
  private mutating func judgeSource(_ doubts: Doubts) {
    guard state.isDisjoint(with: UPSReading.sources), !state.contains(.communicationLost) else {
      return
    }
    if let seconds = self[.onBattery] {
      state.insert(seconds > 0 ? .onBattery : .onLine)
    } else if doubts.contains(.onLine) {
      state.insert(.onLine)
    }
  }

  private mutating func removeWhatIsNotMeasured() {
    if self[.runtime] == 0 {
      // A battery that is not low lasts for some time: on mains a 0 says that nothing was estimated.
      let isFed = !state.isDisjoint(with: [.onLine, .bypass]) && !state.contains(.onBattery)
      if isFed && !state.contains(.lowBattery) || (self[.charge] ?? 0) >= 100 { remove(.runtime) }
    }
    for phase in 0..<UPSReading.phases {
      guard let volts = self[.output, phase], let amperes = self[.outputCurrent, phase],
        let watts = self[.realPower, phase]
      else { continue }
      // No load turns so little of its current into power: the device tells kilowatts.
      if volts * amperes > 50, watts < volts * amperes / 20 { remove(.realPower, phase: phase) }
    }
    removeCopiedPhases()
  }

  /// A one-phase device may tell the same of three phases: when there is one input and all that is told of the
  /// outputs is equal, there is one output.
  private mutating func removeCopiedPhases() {
    guard (self[.inputPhases] ?? 1) < 2 else { return }
    let inputs = (0..<UPSReading.phases).compactMap { self[.input, $0] }
    guard inputs.count == UPSReading.phases, inputs[0] > 0, inputs[1] == 0, inputs[2] == 0 else {
      return
    }
    let told: [UPSQuantity] = [.output, .outputCurrent, .load, .realPower, .apparentPower]
    for quantity in told {
      for phase in 1..<UPSReading.phases where self[quantity, phase] != nil {
        guard self[quantity, phase] == self[quantity] else { return }
      }
    }
    for quantity in told {
      for phase in 1..<UPSReading.phases { remove(quantity, phase: phase) }
    }
  }
}

extension UPSReading {
  /// Volts below which there are no mains: the lowest nominal voltage is 100 V.
  static let lowestMains = 80.0

  /// Finds the input phases without voltage while another has some.
  ///
  /// A device with one phase may tell zeros of two more. So a phase counts only if it had voltage before, if its output
  /// has, or if the device says to have it and two phases have voltage.
  /// - Parameter seen: the phases that have had voltage before.
  mutating func findLostPhases(seen: Set<Int> = []) {
    let volts = (0..<UPSReading.phases).map { self[.input, $0] }
    let live = volts.count { ($0 ?? 0) > UPSReading.lowestMains }
    guard live > 0 else { return }
    let told = self[.inputPhases].map(Int.init)
    for phase in 0..<UPSReading.phases {
      guard let voltage = volts[phase], voltage < 20 else { continue }
      let isTold = told.map { phase < $0 }
      let isMeasured = (self[.output, phase] ?? 0) > 50 || (isTold == true && live > 1)
      if seen.contains(phase) || (isMeasured && isTold != false) { lostPhases.insert(phase) }
    }
    if !lostPhases.isEmpty { state.insert(.inputPhaseLost) }
  }

  /// The input phases that have voltage.
  var livePhases: Set<Int> {
    Set((0..<UPSReading.phases).filter { (self[.input, $0] ?? 0) > UPSReading.lowestMains })
  }
}
