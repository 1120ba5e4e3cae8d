/// What has to be known of several values at once, the same for every source.
extension UPSReading {
  /// States that the table's words leave in doubt.
  struct Doubts: OptionSet, Sendable {
    let rawValue: Int

    /// The output is fed from the battery; but some devices always are (inverters of a 48 V plant). It counts when
    /// the seconds on battery or the input say so too.
    static let onBattery = Doubts(rawValue: 1)
    /// The inverter does not work; with voltage at the output that is the way of a line-interactive UPS.
    static let off = Doubts(rawValue: 2)
  }

  /// Decides what is in doubt, and makes the set one that can be.
  mutating func judge(_ doubts: Doubts = []) {
    if doubts.contains(.onBattery) { judgeBattery() }
    if doubts.contains(.off), let volts = self[.output] ?? self[.output, 1], volts > 50 {
      // On a bypass or on line: it feeds its load.
    } else if doubts.contains(.off) {
      state.insert(.off)
    }
    // A source like "other": the seconds on battery tell as well.
    if state.isDisjoint(with: UPSReading.sources), !state.contains(.communicationLost),
      let seconds = self[.onBattery]
    {
      state.insert(seconds > 0 ? .onBattery : .onLine)
    }
    if !state.isDisjoint(with: [.onBattery, .bypass, .off]) { state.remove(.onLine) }
    if let load = highest(.load), load > 100 { state.insert(.overload) }
    if let alarms, alarms < 0 { self.alarms = nil }
    dropWhatIsNotMeasured()
  }

  /// Where the load's power comes from.
  static let sources: UPSState = [.onLine, .onBattery, .bypass, .off]

  private mutating func judgeBattery() {
    let isLong = self[.onBattery].map { $0 > 0 } ?? true
    // Half of the lowest mains there is.
    let inputIsGood = highest(.input).map { $0 > 80 } ?? false
    if isLong || !inputIsGood || state.contains(.onBattery) {
      state.insert(.onBattery)
    } else {
      state.insert(.onLine)
    }
  }

  private mutating func dropWhatIsNotMeasured() {
    // No battery is empty and full at once.
    if let charge = self[.charge], charge >= 100, self[.runtime] == 0 { remove(.runtime) }
    for phase in 0..<UPSReading.phases {
      guard let volts = self[.output, phase], let amperes = self[.outputCurrent, phase],
        let watts = self[.realPower, phase]
      else { continue }
      // No load turns so little of its current into power: the device tells kilowatts.
      if volts * amperes > 50, watts < volts * amperes / 20 { remove(.realPower, phase: phase) }
    }
    dropCopiedPhases()
  }

  /// A one-phase device may tell the same of three phases: when there is one input and all that is told of the
  /// outputs is equal, there is one output.
  private mutating func dropCopiedPhases() {
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

  func highest(_ quantity: UPSQuantity) -> Double? {
    (0..<UPSReading.phases).compactMap { self[quantity, $0] }.max()
  }
}
