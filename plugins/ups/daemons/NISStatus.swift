internal import MuninWire

/// The status that apcupsd's network information server sends: records of a length in two bytes and a line
/// `NAME : value`; a length of 0 is the end.
public struct NISStatus: Sendable {
  /// The lines by their names.
  public private(set) var lines: [String: String] = [:]
  private var rest: [UInt8] = []
  private var count = 0

  /// More lines than apcupsd sends.
  static let mostLines = 200
  static let longest = 1024

  /// The request.
  public static let question: [UInt8] = [0, 6] + Array("status".utf8)

  public init() {}

  public enum Step: Equatable, Sendable {
    case more, done
    case wrong(expected: String)
  }

  public mutating func take(_ bytes: Span<UInt8>) -> Step {
    for index in 0..<bytes.count { rest.append(bytes[index]) }
    var position = 0
    defer { rest.removeFirst(position) }
    while rest.count - position >= 2 {
      let length = Int(rest[position]) << 8 | Int(rest[position + 1])
      if length == 0 { return .done }
      guard length <= NISStatus.longest else {
        return .wrong(expected: "lines of at most \(NISStatus.longest) bytes")
      }
      guard rest.count - position - 2 >= length else { return .more }
      count += 1
      guard count <= NISStatus.mostLines else {
        return .wrong(expected: "at most \(NISStatus.mostLines) lines")
      }
      add(rest[position + 2..<position + 2 + length])
      position += 2 + length
    }
    return .more
  }

  private mutating func add(_ line: ArraySlice<UInt8>) {
    guard let colon = line.firstIndex(of: 0x3A),
      let name = UPSText.cleaned(line[..<colon]),
      let value = UPSText.cleaned(line[(colon + 1)...]),
      lines[name] == nil
    else { return }
    lines[name] = value
  }
}

extension UPSReading {
  /// A quantity, its line, and the factor from the line's unit to the quantity's.
  private static let statusLines: [(quantity: UPSQuantity, name: String, factor: Double)] = [
    (.charge, "BCHARGE", 1), (.runtime, "TIMELEFT", 60), (.load, "LOADPCT", 1),
    (.input, "LINEV", 1), (.output, "OUTPUTV", 1), (.batteryVoltage, "BATTV", 1),
    (.inputFrequency, "LINEFREQ", 1), (.outputCurrent, "OUTCURNT", 1), (.temperature, "ITEMP", 1),
    (.ambient, "AMBTEMP", 1), (.humidity, "HUMIDITY", 1), (.onBattery, "TONBATT", 1),
    (.nominalInput, "NOMINV", 1), (.nominalOutput, "NOMOUTV", 1), (.nominalBattery, "NOMBATTV", 1),
    (.nominalPower, "NOMPOWER", 1), (.nominalApparent, "NOMAPNT", 1), (.transferLow, "LOTRANS", 1),
    (.transferHigh, "HITRANS", 1), (.lowRuntime, "DLOWBATT", 60),
  ]

  private static let apcWords: [String: UPSState] = [
    "ONLINE": .onLine, "ONBATT": .onBattery, "LOWBATT": .lowBattery,
    "REPLACEBATT": .replaceBattery, "NOBATT": .noBattery, "OVERLOAD": .overload, "BOOST": .boost,
    "TRIM": .trim, "CAL": [.testing, .calibrating], "SELFTEST": .testing,
    "COMMLOST": .communicationLost,
  ]

  /// - Parameter now: seconds since 1970.
  public init(_ status: NISStatus, now: Int) {
    self.init(source: "apcupsd")
    let lines = status.lines
    maker = "APC"
    model = lines["MODEL"]
    serial = lines["SERIALNO"]
    firmware = lines["FIRMWARE"]
    for (quantity, name, factor) in UPSReading.statusLines {
      // The unit follows: "76.0 Minutes", "230.4 Volts". An unknown value is N/A.
      guard let word = lines[name]?.split(separator: " ").first,
        let value = parseNumber(Array(word.utf8).span), !UPSQuantity.isUnknown(value)
      else { continue }
      take(quantity, value * factor)
    }
    for word in (lines["STATUS"] ?? "").split(separator: " ") {
      state.formUnion(UPSReading.apcWords[String(word)] ?? [])
    }
    let status = lines["STATUS"] ?? ""
    // "NETWORK ERROR": another machine's apcupsd, from which this one has the state, does not answer.
    if status.hasPrefix("NETWORK ERROR") { state.insert(.communicationLost) }
    // "SHUTTING DOWN": two words.
    if status.hasPrefix("SHUTTING") {
      state.formUnion([.onBattery, .lowBattery])
      state.subtract([.testing, .calibrating])
    }
    if let date = lines["BATTDATE"] { takeBatteryDate(date, now: now) }
    judge()
  }
}
