/// What can be measured at a UPS, in one unit whatever the device's own is. The raw values are the words of the
/// tables.
public enum UPSQuantity: String, Sendable, CaseIterable {
  /// Percent of a full battery.
  case charge
  /// Seconds that the battery would last under the present load.
  case runtime
  /// Percent of what the UPS can feed, per phase or in all.
  case load
  /// Volts, per phase.
  case input, output, bypass
  /// Volts of the battery, all in all.
  case batteryVoltage
  /// Hertz.
  case inputFrequency, outputFrequency, bypassFrequency
  /// Amperes, per phase.
  case inputCurrent, outputCurrent
  /// Amperes; whether discharging is positive differs between devices.
  case batteryCurrent
  /// Watts and volt-amperes of the output, per phase or in all.
  case realPower, apparentPower
  /// Degrees Celsius: of the battery (or the UPS, where it tells no other), and around.
  case temperature, ambient
  /// Percent of relative humidity.
  case humidity
  /// Days since the battery was replaced.
  case batteryAge
  /// How often the input left its tolerance; a count that grows.
  case lineBads
  /// Seconds on battery; 0 when not.
  case onBattery
  /// Volts, hertz, watts and volt-amperes that the UPS is made or set for.
  case nominalInput, nominalOutput, nominalBattery, nominalFrequency, nominalPower, nominalApparent
  /// Volts below and above which the UPS takes the battery.
  case transferLow, transferHigh
  /// Seconds left at which the UPS says that its battery is low.
  case lowRuntime

  /// The values that can be, in the unit of the quantity; others are a device's way to say "unknown", or a wrong
  /// scale.
  var bounds: ClosedRange<Double> {
    switch self {
    case .charge, .humidity: 0...100
    case .load: 0...200
    case .inputFrequency, .outputFrequency, .bypassFrequency, .nominalFrequency: 40...70
    case .temperature, .ambient: -40...150
    // No phase of a low voltage net is above 600 V; battery strings are.
    case .input, .output, .bypass, .nominalInput, .nominalOutput, .transferLow, .transferHigh:
      0...600
    case .batteryVoltage, .nominalBattery: 0...2000
    case .batteryCurrent: -5000...5000
    // 20 years: no battery gets so old, but clocks that were never set do.
    case .batteryAge: 0...7300
    // 100 days, and a month: what is said to last longer is not measured.
    case .runtime, .lowRuntime: 0...8_640_000
    default: 0...4e9
    }
  }

  /// Whether a 0 shows that the device measures this. A 0 that stays 0 for ever is no sensor: temperatures,
  /// currents and powers, and all that is told of phases which are not there.
  func isShown(by value: Double, phase: Int) -> Bool {
    if value != 0 { return true }
    guard phase == 0 else { return false }
    switch self {
    case .temperature, .ambient, .humidity, .inputCurrent, .batteryCurrent, .outputCurrent,
      .realPower,
      .apparentPower, .bypass, .bypassFrequency, .nominalInput, .nominalOutput, .nominalBattery,
      .nominalFrequency, .nominalPower, .nominalApparent, .transferLow, .transferHigh, .lowRuntime,
      .batteryVoltage:
      return false
    default: return true
    }
  }
}
