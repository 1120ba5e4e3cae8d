/// What a UPS reports of itself. A set: on battery, low battery and replace battery may hold together.
public struct UPSState: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The mains feed the load.
  public static let onLine = UPSState(rawValue: 1 << 0)
  public static let onBattery = UPSState(rawValue: 1 << 1)
  /// The battery is below the UPS's own limit: on battery its end is near, on line it is recharging.
  public static let lowBattery = UPSState(rawValue: 1 << 2)
  public static let replaceBattery = UPSState(rawValue: 1 << 3)
  public static let noBattery = UPSState(rawValue: 1 << 4)
  public static let overload = UPSState(rawValue: 1 << 5)
  /// The mains feed the load past the UPS.
  public static let bypass = UPSState(rawValue: 1 << 6)
  /// The voltage is raised, or lowered, without the battery.
  public static let boost = UPSState(rawValue: 1 << 7)
  public static let trim = UPSState(rawValue: 1 << 8)
  /// The load is not fed.
  public static let off = UPSState(rawValue: 1 << 9)
  /// No answer, or the card or daemon has no connection to its UPS.
  public static let communicationLost = UPSState(rawValue: 1 << 10)
  /// An alarm without a state of its own, or a failed test.
  public static let alarm = UPSState(rawValue: 1 << 11)
  /// A test or calibration is running; being on battery is then intended.
  public static let testing = UPSState(rawValue: 1 << 12)
  public static let charging = UPSState(rawValue: 1 << 13)
  /// The test is a calibration, which empties the battery down to its lower limit.
  public static let calibrating = UPSState(rawValue: 1 << 15)
  public static let overTemperature = UPSState(rawValue: 1 << 14)
  /// One phase of the mains has no voltage while another has some.
  public static let inputPhaseLost = UPSState(rawValue: 1 << 16)

  /// A state's field, and its name for people.
  public struct Name: Sendable {
    public let state: UPSState
    public let field: StaticString
    public let label: String
  }

  /// All states, in the order of the graph.
  public static let names: [Name] = [
    Name(state: .onLine, field: "on_line", label: "on line"),
    Name(state: .onBattery, field: "on_battery", label: "on battery"),
    Name(state: .lowBattery, field: "low_battery", label: "low battery"),
    Name(state: .replaceBattery, field: "replace_battery", label: "replace battery"),
    Name(state: .noBattery, field: "no_battery", label: "no battery"),
    Name(state: .overload, field: "overload", label: "overload"),
    Name(state: .bypass, field: "bypass", label: "bypass"),
    Name(state: .boost, field: "boost", label: "boosting"),
    Name(state: .trim, field: "trim", label: "trimming"),
    Name(state: .off, field: "off", label: "off"),
    Name(state: .communicationLost, field: "communication_lost", label: "communication lost"),
    Name(state: .alarm, field: "alarms", label: "alarms"),
    Name(state: .testing, field: "test", label: "test running"),
    Name(state: .charging, field: "charging", label: "charging"),
    Name(state: .overTemperature, field: "over_temperature", label: "over temperature"),
    Name(state: .inputPhaseLost, field: "input_phase_lost", label: "input phase lost"),
  ]

  /// The names of the set's states for people; `unknown` for the empty set.
  public var words: String {
    let words = UPSState.names.filter { contains($0.state) }.map(\.label)
    return words.isEmpty ? "unknown" : words.joined(separator: ", ")
  }
}

/// The severity of a state as one number for one threshold: from ``warning`` on it warns, from ``critical`` on it is
/// critical. The numbers never change, since histories hold them.
public enum UPSSeverity: Int, Sendable, CaseIterable {
  case normal = 0
  case regulating = 1
  /// A test is running; it may discharge the battery.
  case testing = 2
  case alarm = 3
  /// Low on line: the battery is recharging and would not last long.
  case recharging = 4
  case battery = 5
  case stressed = 6
  case bypass = 7
  case off = 8
  case onBattery = 9
  /// Systems have to shut down now: this must never be reported late.
  case lowOnBattery = 10
  case lost = 11

  public static let warning = UPSSeverity.alarm
  public static let critical = UPSSeverity.lowOnBattery

  /// What the number stands for.
  public var meaning: String {
    switch self {
    case .normal: "on line"
    case .regulating: "boosting or trimming"
    case .testing: "test running"
    case .alarm: "an alarm, a failed test or a lost input phase"
    case .recharging: "low battery on line (recharging)"
    case .battery: "replace battery, or none"
    case .stressed: "overload or over temperature"
    case .bypass: "bypass"
    case .off: "off"
    case .onBattery: "on battery"
    case .lowOnBattery: "on battery and low"
    case .lost: "communication lost"
    }
  }
}

extension UPSState {
  /// The worst of the set; `nil` when nothing is wrong but the source of the load's power is unknown.
  public var severity: UPSSeverity? {
    if contains(.communicationLost) { return .lost }
    // A test does not empty the battery: the mains may have failed meanwhile. A calibration does.
    if isSuperset(of: [.onBattery, .lowBattery]), !contains(.calibrating) { return .lowOnBattery }
    if contains(.onBattery), !contains(.testing) { return .onBattery }
    if contains(.off) { return .off }
    if contains(.bypass) { return .bypass }
    if !isDisjoint(with: [.overload, .overTemperature]) { return .stressed }
    if !isDisjoint(with: [.replaceBattery, .noBattery]) { return .battery }
    if contains(.lowBattery) { return .recharging }
    if !isDisjoint(with: [.alarm, .inputPhaseLost]) { return .alarm }
    if contains(.testing) { return .testing }
    if !isDisjoint(with: [.boost, .trim]) { return .regulating }
    return contains(.onLine) ? .normal : nil
  }
}
