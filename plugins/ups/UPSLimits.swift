internal import PluginKit

/// The limits out of the box. What a device tells of its own settings goes before numbers that fit most.
struct UPSLimits {
  private let reading: UPSReading?

  init(_ reading: UPSReading?) { self.reading = reading }

  func range(_ kind: String, of quantity: UPSQuantity) -> String? {
    let isWarning = kind == "warning"
    switch quantity {
    case .charge: return isWarning ? "75:" : "40:"
    case .runtime: return runtime(isWarning)
    case .load: return isWarning ? ":80" : ":95"
    case .temperature: return isWarning ? ":35" : ":45"
    case .input: return isWarning ? voltage() : nil
    case .inputFrequency: return frequency(isWarning)
    // Five in an hour.
    case .lineBads: return isWarning ? ":0.0014" : nil
    default: return nil
    }
  }

  /// 15 minutes are time to act, 5 to shut down; a UPS that calls its battery low earlier knows why.
  private func runtime(_ isWarning: Bool) -> String {
    let low = reading?[.lowRuntime] ?? 0
    let number = isWarning ? max(900, 2 * low) : max(300, low)
    return "\(text(number)):"
  }

  /// Beyond the transfer points the UPS leaves the mains. No voltage is critical: without any the UPS is on battery,
  /// which its state tells.
  private func voltage() -> String? {
    if let low = reading?[.transferLow], let high = reading?[.transferHigh], low > 0, low < high {
      return "\(text(low)):\(text(high))"
    }
    if let nominal = [reading?[.nominalInput], reading?[.nominalOutput]].compactMap(\.self)
      .first(where: { $0 >= 90 })
    {
      return "\(text(nominal * 0.9)):\(text(nominal * 1.1))"
    }
    // By what is there, coarsely: limits that followed a sagging voltage would find it good.
    let seen = [reading?[.input], reading?[.output]].compactMap(\.self).first { $0 > 60 }
    switch seen {
    case nil: return nil
    case .some(..<160): return "104:127"
    case .some(..<300): return "207:253"
    default: return "360:440"
    }
  }

  private func frequency(_ isWarning: Bool) -> String? {
    let seen =
      reading?[.nominalFrequency] ?? reading?[.inputFrequency] ?? reading?[.outputFrequency]
    guard let seen else { return nil }
    let nominal: Double = seen > 55 ? 60 : 50
    let part = isWarning ? 0.01 : 0.02
    return "\(text(nominal * (1 - part))):\(text(nominal * (1 + part)))"
  }

  /// At most one decimal.
  private func text(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}
