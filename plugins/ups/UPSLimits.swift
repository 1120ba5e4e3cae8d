/// The limits out of the box. What a device tells of its own settings goes before numbers that fit most devices.
struct UPSLimits: Equatable, Sendable {
  /// Seconds left at which the device reports a low battery.
  var lowRuntime: Double?
  /// The volts between which the mains are good.
  var mains: ClosedRange<Double>?
  /// The frequency of the net, 50 or 60 Hz.
  var frequency: Double?

  /// Takes over what a reading tells; what it does not tell stays.
  mutating func learn(from reading: UPSReading) {
    lowRuntime = reading[.lowRuntime] ?? lowRuntime
    mains = UPSLimits.mains(of: reading) ?? mains
    frequency = UPSLimits.frequency(of: reading) ?? frequency
  }

  func range(_ kind: String, of quantity: UPSQuantity) -> String? {
    let isWarning = kind == "warning"
    switch quantity {
    case .charge: return isWarning ? "75:" : "40:"
    case .runtime: return runtime(isWarning)
    case .load: return isWarning ? ":80" : ":95"
    case .temperature: return isWarning ? ":35" : ":45"
    // No voltage is critical: without any the UPS is on battery, which its state tells.
    case .input:
      return isWarning ? mains.map { "\(text($0.lowerBound)):\(text($0.upperBound))" } : nil
    case .inputFrequency: return frequencies(isWarning)
    // Five in an hour.
    case .lineBads: return isWarning ? ":0.0014" : nil
    default: return nil
    }
  }

  /// 15 minutes are time to act, 5 to shut down; longer where the UPS reports a low battery earlier.
  private func runtime(_ isWarning: Bool) -> String {
    let low = lowRuntime ?? 0
    let number = isWarning ? max(900, 2 * low) : max(300, low)
    return "\(text(number)):"
  }

  private func frequencies(_ isWarning: Bool) -> String? {
    guard let frequency else { return nil }
    let part = isWarning ? 0.01 : 0.02
    return "\(text(frequency * (1 - part))):\(text(frequency * (1 + part)))"
  }

  /// At most one decimal.
  private func text(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}

extension UPSLimits {
  /// Beyond the transfer points the UPS leaves the mains; else 10 % around the nominal voltage.
  private static func mains(of reading: UPSReading) -> ClosedRange<Double>? {
    if let low = reading[.transferLow], let high = reading[.transferHigh], low > 0, low < high {
      return low...high
    }
    if let nominal = [reading[.nominalInput], reading[.nominalOutput]].compactMap(\.self)
      .first(where: { $0 >= 90 })
    {
      return (nominal * 9).rounded() / 10...(nominal * 11).rounded() / 10
    }
    // By the voltage there is, coarsely: limits that followed a sagging voltage would find it good.
    let seen = [reading[.input], reading[.output]].compactMap(\.self).first { $0 > 60 }
    switch seen {
    case nil: return nil
    case .some(..<160): return 104...127
    case .some(..<300): return 207...253
    default: return 360...440
    }
  }

  private static func frequency(of reading: UPSReading) -> Double? {
    let seen = reading[.nominalFrequency] ?? reading[.inputFrequency] ?? reading[.outputFrequency]
    return seen.map { $0 > 55 ? 60 : 50 }
  }
}
