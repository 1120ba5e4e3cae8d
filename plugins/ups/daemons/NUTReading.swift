internal import MuninWire

/// NUT's variables as a reading (its nut-names): the units are ours already.
extension UPSReading {
  /// A quantity and the variables that tell it, of a phase each where three are named. The first ones with a value
  /// count, unless later ones have values of more phases.
  private static let variables: [(quantity: UPSQuantity, names: [[String]])] = [
    (.inputPhases, [["input.phases"]]),
    (.charge, [["battery.charge"]]),
    (.runtime, [["battery.runtime"]]),
    (
      .load,
      [
        ["ups.load"], ["ups.L1.load", "ups.L2.load", "ups.L3.load"],
        ["output.L1.power.percent", "output.L2.power.percent", "output.L3.power.percent"],
      ]
    ),
    (
      .input,
      [
        ["input.voltage"], ["input.L1-N.voltage", "input.L2-N.voltage", "input.L3-N.voltage"],
        ["input.L1-L2.voltage", "input.L2-L3.voltage", "input.L3-L1.voltage"],
      ]
    ),
    (
      .output,
      [
        ["output.voltage"], ["output.L1-N.voltage", "output.L2-N.voltage", "output.L3-N.voltage"],
        ["output.L1-L2.voltage", "output.L2-L3.voltage", "output.L3-L1.voltage"],
      ]
    ),
    (
      .bypass,
      [
        ["input.bypass.voltage"],
        ["input.bypass.L1-N.voltage", "input.bypass.L2-N.voltage", "input.bypass.L3-N.voltage"],
      ]
    ),
    (.batteryVoltage, [["battery.voltage"]]),
    (.batteryCurrent, [["battery.current"]]),
    (.inputFrequency, [["input.frequency"], ["input.L1.frequency"]]),
    (.outputFrequency, [["output.frequency"], ["output.L1.frequency"]]),
    (.bypassFrequency, [["input.bypass.frequency"]]),
    (
      .inputCurrent,
      [["input.current"], ["input.L1.current", "input.L2.current", "input.L3.current"]]
    ),
    (
      .outputCurrent,
      [["output.current"], ["output.L1.current", "output.L2.current", "output.L3.current"]]
    ),
    (
      .realPower,
      [
        ["ups.realpower"], ["output.realpower"],
        ["output.L1.realpower", "output.L2.realpower", "output.L3.realpower"],
        ["ups.L1.realpower", "ups.L2.realpower", "ups.L3.realpower"],
      ]
    ),
    (
      .apparentPower,
      [
        ["ups.power"], ["output.power"],
        ["output.L1.power", "output.L2.power", "output.L3.power"],
      ]
    ),
    (.temperature, [["battery.temperature"], ["ups.temperature"]]),
    (.ambient, [["ambient.temperature"], ["ambient.1.temperature"]]),
    (.humidity, [["ambient.humidity"], ["ambient.1.humidity"]]),
    (.nominalInput, [["input.voltage.nominal"]]),
    (.nominalOutput, [["output.voltage.nominal"]]),
    (.nominalBattery, [["battery.voltage.nominal"]]),
    (.nominalFrequency, [["input.frequency.nominal"], ["output.frequency.nominal"]]),
    (.nominalPower, [["ups.realpower.nominal"]]),
    (.nominalApparent, [["ups.power.nominal"]]),
    (.transferLow, [["input.transfer.low"]]),
    (.transferHigh, [["input.transfer.high"]]),
    (.lowRuntime, [["battery.runtime.low"]]),
  ]

  /// The words of `ups.status`. Others are ignored, as NUT asks of its clients.
  private static let statusWords: [String: UPSState] = [
    "OL": .onLine, "OB": .onBattery, "LB": .lowBattery, "RB": .replaceBattery, "OVER": .overload,
    "BYPASS": .bypass, "BOOST": .boost, "TRIM": .trim, "OFF": .off,
    "CAL": [.testing, .calibrating],
    "TEST": .testing, "CHRG": .charging, "ALARM": .alarm, "COMMBAD": .communicationLost,
    "NOCOMM": .communicationLost,
    // Forced shutdown: the battery is at its end.
    "FSD": [.onBattery, .lowBattery],
    "OVERHEAT": .overTemperature,
  ]

  /// - Parameters:
  ///   - variables: `LIST VAR` of one UPS.
  ///   - now: seconds since 1970.
  public init(nut variables: [String: String], now: Int) {
    self.init(source: "NUT")
    maker = UPSText.cleaned(variables["ups.mfr"] ?? variables["device.mfr"])
    model = UPSText.cleaned(variables["ups.model"] ?? variables["device.model"])
    serial = UPSText.cleaned(variables["ups.serial"] ?? variables["device.serial"])
    firmware = UPSText.cleaned(variables["ups.firmware"])
    for (quantity, choices) in UPSReading.variables {
      for names in choices {
        offer(quantity, names.map { UPSReading.number(quantity, variables[$0]) })
      }
    }
    for word in (variables["ups.status"] ?? "").split(separator: " ") {
      state.formUnion(UPSReading.statusWords[String(word)] ?? [])
    }
    // A forced shutdown is not part of a test.
    if (variables["ups.status"] ?? "").split(separator: " ").contains("FSD") {
      state.subtract([.testing, .calibrating])
    }
    if variables["ups.alarm"].map({ UPSText.cleaned($0) != nil }) == true { alarms = 1 }
    if let date = variables["battery.date"] ?? variables["battery.mfr.date"] {
      takeBatteryDate(date, now: now)
    }
    judge()
  }

  /// The number of a variable; `nil` for one that means "unknown", which NUT's drivers pass on as the device sent it.
  private static func number(_ quantity: UPSQuantity, _ text: String?) -> Double? {
    guard let text, let value = parseNumber(Array(text.utf8).span) else { return nil }
    // A current or a temperature outside may be -1.
    if value == -1 { return quantity == .batteryCurrent || quantity == .ambient ? value : nil }
    if UPSQuantity.isUnknown(value) { return nil }
    // Drivers of RFC 1628 have multiplied the minutes of an unknown runtime already.
    if quantity == .runtime, value.truncatingRemainder(dividingBy: 60) == 0,
      UPSQuantity.isUnknown(value / 60)
    {
      return nil
    }
    return value
  }
}
