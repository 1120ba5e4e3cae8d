internal import MuninWire
internal import PluginKit

/// The graphs of a UPS as rows: which field shows which quantity. Names never change, since histories depend on them.
enum UPSGraphs {
  /// A quantity of a phase, counted from 0: a field.
  struct Key: Hashable, Sendable {
    let quantity: UPSQuantity
    let phase: Int
  }

  struct Row: Sendable {
    let name: String
    let title: String
    let vlabel: String
    let args: String
    let info: String
    let fields: [FieldRow]
  }

  struct FieldRow: Sendable {
    let quantity: UPSQuantity
    let name: String
    let label: String
    let info: String
    var hasPhases = false
  }

  static let rows: [Row] = [
    Row(
      name: "charge", title: "UPS battery charge", vlabel: "%",
      args: "--base 1000 --lower-limit 0 --upper-limit 100",
      info: "How full the battery is.",
      fields: [
        FieldRow(
          quantity: .charge, name: "charge", label: "charge", info: "percent of a full battery")
      ]),
    Row(
      name: "runtime", title: "UPS runtime", vlabel: "seconds", args: "--base 1000 -l 0",
      info:
        "How long the battery would last. If it falls over months at an equal load, the battery is aging.",
      fields: [
        FieldRow(
          quantity: .runtime, name: "runtime", label: "runtime left",
          info: "seconds on battery under the present load, as the UPS estimates them")
      ]),
    Row(
      name: "load", title: "UPS load", vlabel: "%", args: "--base 1000 -l 0",
      info: "The load as a share of the UPS's capacity.",
      fields: [
        FieldRow(
          quantity: .load, name: "load", label: "load", info: "percent of the capacity",
          hasPhases: true)
      ]),
    Row(
      name: "voltage", title: "UPS voltages", vlabel: "Volt", args: "--base 1000 -l 0",
      info: "The voltages at the input, the output, the bypass and of the battery.",
      fields: [
        FieldRow(
          quantity: .input, name: "input_voltage", label: "input", info: "volts of the mains",
          hasPhases: true),
        FieldRow(
          quantity: .output, name: "output_voltage", label: "output", info: "volts of the load",
          hasPhases: true),
        FieldRow(
          quantity: .bypass, name: "bypass_voltage", label: "bypass",
          info: "volts of the bypass", hasPhases: true),
        FieldRow(
          quantity: .batteryVoltage, name: "battery_voltage", label: "battery",
          info: "volts of the whole battery"),
      ]),
    Row(
      name: "frequency", title: "UPS frequencies", vlabel: "Hz", args: "--base 1000",
      info: "The frequencies at the input, the output and the bypass.",
      fields: [
        FieldRow(
          quantity: .inputFrequency, name: "input_frequency", label: "input",
          info: "hertz of the mains"),
        FieldRow(
          quantity: .outputFrequency, name: "output_frequency", label: "output",
          info: "hertz of the load"),
        FieldRow(
          quantity: .bypassFrequency, name: "bypass_frequency", label: "bypass",
          info: "hertz of the bypass"),
      ]),
    Row(
      name: "current", title: "UPS currents", vlabel: "Ampere", args: "--base 1000",
      info: "The currents at the input, the output and of the battery.",
      fields: [
        FieldRow(
          quantity: .inputCurrent, name: "input_current", label: "input",
          info: "amperes from the mains", hasPhases: true),
        FieldRow(
          quantity: .outputCurrent, name: "output_current", label: "output",
          info: "amperes of the load", hasPhases: true),
        FieldRow(
          quantity: .batteryCurrent, name: "battery_current", label: "battery",
          info: "amperes of the battery; which sign discharging has differs between devices"),
      ]),
    Row(
      name: "power", title: "UPS output power", vlabel: "W, VA", args: "--base 1000 -l 0",
      info: "The power that the load takes.",
      fields: [
        FieldRow(
          quantity: .realPower, name: "real_power", label: "real power", info: "watts",
          hasPhases: true),
        FieldRow(
          quantity: .apparentPower, name: "apparent_power", label: "apparent power",
          info: "volt-amperes", hasPhases: true),
      ]),
    Row(
      name: "temperature", title: "UPS temperatures", vlabel: "Celsius", args: "--base 1000",
      info: "A battery lives half as long for each 10 degrees above 25.",
      fields: [
        FieldRow(
          quantity: .temperature, name: "battery_temperature", label: "battery",
          info: "degrees of the battery, or in the UPS"),
        FieldRow(
          quantity: .ambient, name: "ambient_temperature", label: "ambient",
          info: "degrees around the UPS"),
      ]),
    Row(
      name: "humidity", title: "Humidity at the UPS", vlabel: "%",
      args: "--base 1000 --lower-limit 0 --upper-limit 100",
      info: "The relative humidity, by the card's sensor.",
      fields: [
        FieldRow(
          quantity: .humidity, name: "humidity", label: "humidity",
          info: "percent of relative humidity")
      ]),
    Row(
      name: "battery_age", title: "UPS battery age", vlabel: "days", args: "--base 1000 -l 0",
      info: "Since the battery was replaced, where that was entered; else since it was made.",
      fields: [
        FieldRow(
          quantity: .batteryAge, name: "battery_age", label: "age",
          info: "days since it was replaced")
      ]),
    Row(
      name: "line_bads", title: "Mains failures seen by the UPS",
      vlabel: "failures / ${graph_period}",
      args: "--base 1000 -l 0", info: "How often the input left the UPS's tolerance.",
      fields: [
        FieldRow(
          quantity: .lineBads, name: "line_bads", label: "failures",
          info: "times per second that the input went bad; drawn per hour")
      ]),
  ]

  /// The fields of a device that has never answered.
  static let usual: Set<Key> = Set(
    ([.charge, .runtime, .load, .input, .output, .batteryVoltage] as [UPSQuantity]).map {
      Key(quantity: $0, phase: 0)
    })

  /// The fields that a reading shows a device to have.
  static func keys(shownBy reading: UPSReading) -> Set<Key> {
    var keys: Set<Key> = []
    for field in rows.flatMap(\.fields) {
      for phase in 0..<(field.hasPhases ? UPSReading.phases : 1) {
        guard let value = reading[field.quantity, phase] else { continue }
        let isLost = field.quantity == .input && reading.lostPhases.contains(phase)
        guard isLost || field.quantity.isShown(by: value, phase: phase) else { continue }
        keys.insert(Key(quantity: field.quantity, phase: phase))
      }
    }
    return keys
  }
}

extension UPSGraphs.FieldRow {
  /// The field of a phase: that of the first has no number, so that devices with one phase have plain names.
  func name(of phase: Int) -> String { phase == 0 ? name : "\(name)_\(phase + 1)" }

  /// The phases of the field that are known.
  func phases(in keys: Set<UPSGraphs.Key>) -> [Int] {
    (0..<(hasPhases ? UPSReading.phases : 1)).filter {
      keys.contains(UPSGraphs.Key(quantity: quantity, phase: $0))
    }
  }
}
