/// What can be measured at a UPS, in one unit whatever the device's own is. The raw values are the words of the
/// tables.
public enum UPSQuantity: String, Sendable, CaseIterable {
  /// Percent of a full battery.
  case charge
  /// Seconds that the battery would last under the present load.
  case runtime
  /// Percent of what the UPS can feed, per phase or in total.
  case load
  /// Volts, per phase.
  case input, output, bypass
  /// Volts of the whole battery.
  case batteryVoltage
  /// Hertz.
  case inputFrequency, outputFrequency, bypassFrequency
  /// Amperes, per phase.
  case inputCurrent, outputCurrent
  /// Amperes; whether discharging is positive differs between devices.
  case batteryCurrent
  /// Watts and volt-amperes of the output, per phase or in total.
  case realPower, apparentPower
  /// Degrees Celsius: of the battery (of the UPS, where it measures no other), and around the UPS.
  case temperature, ambient
  /// Percent of relative humidity.
  case humidity
  /// Days since the battery was replaced.
  case batteryAge
  /// How often the input left its tolerance: a counter.
  case lineBads
  /// Seconds on battery; 0 when not.
  case onBattery
  /// How many phases the input has.
  case inputPhases
  /// Volts, hertz, watts and volt-amperes that the UPS is built or set for.
  case nominalInput, nominalOutput, nominalBattery, nominalFrequency, nominalPower, nominalApparent
  /// Volts below and above which the UPS switches to the battery.
  case transferLow, transferHigh
  /// Seconds left at which the UPS reports a low battery.
  case lowRuntime

  /// The values that are possible, in the unit of the quantity. Any other number is a device's way to say "unknown", or
  /// has a wrong scale.
  var bounds: ClosedRange<Double> {
    switch self {
    case .charge, .humidity: 0...100
    case .load: 0...200
    case .inputFrequency, .outputFrequency, .bypassFrequency, .nominalFrequency: 40...70
    // A battery boils at 100 degrees, and no sensor of a card measures more.
    case .temperature, .ambient: -40...100
    // No phase of a low voltage net is above 600 V; battery strings are.
    case .input, .output, .bypass, .nominalInput, .nominalOutput, .transferLow, .transferHigh:
      0...600
    case .batteryVoltage, .nominalBattery: 0...2000
    case .batteryCurrent: -5000...5000
    // 20 years: no battery gets so old, but clocks that were never set do.
    case .batteryAge: 0...7300
    // 100 days: an estimate above that is not measured.
    case .runtime, .lowRuntime: 0...8_640_000
    case .inputPhases: 1...3
    default: 0...4e9
    }
  }

  /// Whether a number is possible.
  func accepts(_ value: Double) -> Bool { value.isFinite && bounds.contains(value) }

  /// Whether each phase has a value of its own.
  var hasPhases: Bool {
    switch self {
    case .load, .input, .output, .bypass, .inputCurrent, .outputCurrent, .realPower, .apparentPower:
      true
    default: false
    }
  }

  /// Whether a value shows that the device measures the quantity. A 0 that stays 0 for ever is a missing sensor: of
  /// temperatures, currents and powers, and of all phases but the first.
  func isShown(by value: Double, phase: Int) -> Bool {
    if value != 0 { return true }
    guard phase == 0 else { return false }
    switch self {
    case .temperature, .ambient, .humidity, .inputCurrent, .batteryCurrent, .outputCurrent,
      .realPower, .apparentPower, .bypass, .bypassFrequency, .nominalInput, .nominalOutput,
      .nominalBattery, .nominalFrequency, .nominalPower, .nominalApparent, .transferLow,
      .transferHigh, .lowRuntime, .batteryVoltage:
      return false
    default: return true
    }
  }

  /// What the quantity is called for people.
  var label: String {
    switch self {
    case .charge: "charge"
    case .runtime: "runtime"
    case .load: "load"
    case .input: "input voltage"
    case .output: "output voltage"
    case .bypass: "bypass voltage"
    case .batteryVoltage: "battery voltage"
    case .inputFrequency: "input frequency"
    case .outputFrequency: "output frequency"
    case .bypassFrequency: "bypass frequency"
    case .inputCurrent: "input current"
    case .outputCurrent: "output current"
    case .batteryCurrent: "battery current"
    case .realPower: "real power"
    case .apparentPower: "apparent power"
    case .temperature: "battery temperature"
    case .ambient: "ambient temperature"
    case .humidity: "humidity"
    case .batteryAge: "battery age"
    case .lineBads: "mains failures"
    case .onBattery: "time on battery"
    case .inputPhases: "input phases"
    case .nominalInput: "nominal input voltage"
    case .nominalOutput: "nominal output voltage"
    case .nominalBattery: "nominal battery voltage"
    case .nominalFrequency: "nominal frequency"
    case .nominalPower: "nominal power"
    case .nominalApparent: "nominal apparent power"
    case .transferLow: "lower transfer voltage"
    case .transferHigh: "upper transfer voltage"
    case .lowRuntime: "runtime of a low battery"
    }
  }

  /// The quantities that are settings of the device: they change only when an administrator changes them.
  static let settings: Set<UPSQuantity> = [
    .inputPhases, .nominalInput, .nominalOutput, .nominalBattery, .nominalFrequency, .nominalPower,
    .nominalApparent, .transferLow, .transferHigh, .lowRuntime,
  ]
}

extension UPSQuantity {
  /// Whether a number means "unknown" in the unit of the object, whatever the MIB says of it: -1, and the greatest
  /// numbers of 16 and 32 bits. A counter may have any of them.
  static func isUnknown(_ raw: Double) -> Bool {
    raw == -1 || raw == 65535 || raw == 2_147_483_647 || raw == 4_294_967_295
  }
}
