internal import EventLoop
internal import MuninWire
internal import PluginKit
internal import Text

/// A UPS on one screen, for people.
public struct UPSCard: Sendable {
  /// The severity of the state, by the limits of the field `state` out of the box.
  public enum Urgency: Sendable { case normal, warning, critical }

  public let urgency: Urgency
  /// Maker and model, or the name by which it was asked.
  public let title: String
  /// What is known, each with a name; the state comes first.
  public let rows: [(name: String, text: String)]

  /// Asks a UPS.
  /// - Parameters:
  ///   - name: a service (`snmp_ups1_ups`, `ups_eaton`), a device's host, or `NAME@HOST` for upsd.
  ///   - settings: the settings of a service, as plugin-conf.d has them.
  /// - Returns: the card, or why there is none.
  @LoopActor
  public static func ask(
    _ name: String, settings: (String) -> [String: String]
  ) async -> Result<UPSCard, Failure> {
    let service = service(for: name)
    let words = settings(service)
    let host = Host(service: service, settings: words)
    let answers = UPSAnswers(
      plugin: "ups", clock: .real,
      wish: { service, words throws(UPSFailure) in
        try UPSWish.host(ofSNMP: service) == nil
          ? UPSWish.named(service, words) : UPSWish.snmp(service, words)
      })
    switch await answers.reading(on: host) {
    case .success(let reading): return .success(UPSCard(reading, name: name))
    case .failure(let failure): return .failure(Failure(description: failure.description))
    }
  }

  /// Why there is no card.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// What is wrong with a setting of ``ask(_:settings:)``, by the manual of the plugin that answers for the name; `nil`
  /// when nothing is.
  public static func fault(of value: String, for setting: String, asking name: String) -> String? {
    let manual = UPSWish.host(ofSNMP: service(for: name)) == nil ? UPSManual.named : UPSManual.snmp
    switch manual.verdict(on: value, of: setting) {
    case .unknown(let nearest):
      return "unknown setting '\(setting)'\(nearest.map { ", did you mean '\($0)'?" } ?? "")"
    case .malformed:
      // The same words as for plugin-conf.d, without the prefix that they have there.
      return manual.finding(on: value, of: setting).map { String($0.dropFirst("env.".count)) }
    case .implausible: return nil
    case .fine:
      return manual.setting(named: setting) == nil ? "unknown setting '\(setting)'" : nil
    }
  }

  /// The service that a word means.
  static func service(for name: String) -> String {
    if name.hasPrefix("ups_") || UPSWish.host(ofSNMP: name) != nil { return name }
    return name.contains("@") ? "ups_\(name)" : "snmp_\(name)_ups"
  }

  init(_ reading: UPSReading, name: String) {
    switch reading.state.severity {
    case .some(let severity) where severity.rawValue >= UPSSeverity.critical.rawValue:
      urgency = .critical
    case .some(let severity) where severity.rawValue >= UPSSeverity.warning.rawValue:
      urgency = .warning
    default: urgency = .normal
    }
    title = reading.name ?? name
    var rows = [(name: "state", text: reading.state.words)]
    func add(_ name: String, _ parts: [String?]) {
      let text = parts.compactMap(\.self).joined(separator: ", ")
      if !text.isEmpty { rows.append((name, text)) }
    }
    add("alarms", [reading.alarms.flatMap { $0 > 0 ? "\($0)" : nil }])
    add("charge", [UPSCard.text(reading, .charge, "%")])
    add("runtime", [reading[.runtime].map(TimeSpan.text)])
    add(
      "on battery", [reading[.onBattery].flatMap { $0 > 0 ? "for \(TimeSpan.text($0))" : nil }])
    add("load", [UPSCard.text(reading, .load, "%")])
    add(
      "input",
      [
        UPSCard.text(reading, .input, "V"), UPSCard.text(reading, .inputFrequency, "Hz"),
        UPSCard.text(reading, .inputCurrent, "A"),
      ])
    add(
      "output",
      [
        UPSCard.text(reading, .output, "V"), UPSCard.text(reading, .outputFrequency, "Hz"),
        UPSCard.text(reading, .outputCurrent, "A"), UPSCard.text(reading, .realPower, "W"),
        UPSCard.text(reading, .apparentPower, "VA"),
      ])
    add(
      "bypass",
      [UPSCard.text(reading, .bypass, "V"), UPSCard.text(reading, .bypassFrequency, "Hz")])
    add(
      "battery",
      [
        UPSCard.text(reading, .batteryVoltage, "V"), UPSCard.text(reading, .batteryCurrent, "A"),
        UPSCard.text(reading, .temperature, "°C"),
        reading[.batteryAge].map { "\(formatted($0, digits: 0)) days old" },
      ])
    add(
      "around",
      [UPSCard.text(reading, .ambient, "°C"), UPSCard.text(reading, .humidity, "% humidity")])
    add("mains failures", [UPSCard.text(reading, .lineBads, "").map { $0 + "so far" }])
    add(
      "made for",
      [
        UPSCard.text(reading, .nominalInput, "V in"),
        UPSCard.text(reading, .nominalOutput, "V out"),
        UPSCard.text(reading, .nominalFrequency, "Hz"), UPSCard.text(reading, .nominalPower, "W"),
        UPSCard.text(reading, .nominalApparent, "VA"),
      ])
    if let low = reading[.transferLow], let high = reading[.transferHigh], low > 0 {
      add("transfer", ["below \(UPSCard.short(low)) V and above \(UPSCard.short(high)) V"])
    }
    add(
      "low battery", [reading[.lowRuntime].flatMap { $0 > 0 ? "at \(TimeSpan.text($0))" : nil }])
    add("serial", [reading.serial])
    add("firmware", [reading.firmware])
    if reading.shares.isEmpty { add("told by", [reading.source]) }
    for (place, share) in reading.shares.enumerated() {
      let told = (share.tellsState ? ["state"] : []) + share.quantities.map(\.label)
      add(place == 0 ? "told by" : "and by", ["\(share.source): \(told.joined(separator: ", "))"])
    }
    self.rows = rows
  }

  /// A quantity's phases with their unit; `nil` when the device does not measure it.
  private static func text(
    _ reading: UPSReading, _ quantity: UPSQuantity, _ unit: String
  ) -> String? {
    let phases = (0..<UPSReading.phases).filter { phase in
      guard let value = reading[quantity, phase] else { return false }
      let isLost = quantity == .input && reading.lostPhases.contains(phase)
      return isLost || quantity.isShown(by: value, phase: phase)
    }
    guard let last = phases.last else { return nil }
    let texts = (0...last).map { reading[quantity, $0].map(short) ?? "-" }
    return "\(texts.joined(separator: " / ")) \(unit)"
  }

  /// At most one decimal.
  private static func short(_ value: Double) -> String {
    let text = formatted(value, digits: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
