/// What one look at a UPS has found, whoever told it.
public struct UPSReading: Sendable, Equatable {
  /// Who told it: `RFC 1628`, `NUT`, `apcupsd`.
  public var source: String
  public var maker: String?
  public var model: String?
  public var serial: String?
  public var firmware: String?
  public var state: UPSState = []
  /// How many alarms stand, as far as that is told.
  public var alarms: Int?
  /// The values per phase; one for what has no phases. None is absent or absurd.
  private var values: [UPSQuantity: [Double?]] = [:]

  public init(source: String) { self.source = source }

  /// How many phases there may be.
  public static let phases = 3

  /// A value, of the first phase when there are several.
  public subscript(_ quantity: UPSQuantity) -> Double? { self[quantity, 0] }

  /// The value of a phase, counted from 0.
  public subscript(_ quantity: UPSQuantity, _ phase: Int) -> Double? {
    guard let row = values[quantity], row.indices.contains(phase) else { return nil }
    return row[phase]
  }

  /// Takes a value that can be; leaves out any other.
  /// - Returns: whether it was taken.
  @discardableResult
  mutating func take(_ quantity: UPSQuantity, _ value: Double, phase: Int = 0) -> Bool {
    precondition((0..<UPSReading.phases).contains(phase), "a phase of three")
    guard value.isFinite, quantity.bounds.contains(value) else { return false }
    var row = values[quantity] ?? []
    while row.count <= phase { row.append(nil) }
    row[phase] = value
    values[quantity] = row
    return true
  }

  mutating func remove(_ quantity: UPSQuantity, phase: Int? = nil) {
    guard let phase else {
      values[quantity] = nil
      return
    }
    if let row = values[quantity], row.indices.contains(phase) { values[quantity]![phase] = nil }
  }

  /// A text that identifies the device; blank ones and those that were made unreadable are none.
  static func identity(_ text: String?) -> String? {
    guard let text else { return nil }
    let isBlank: (Unicode.Scalar) -> Bool = {
      $0.value <= 0x20 || $0.value == 0x7F || $0.value == 0xFFFD
    }
    let scalars = text.unicodeScalars.prefix(200).map { isBlank($0) ? " " : $0 }
    let words = scalars.split(separator: " ").map { word in
      var text = ""
      text.unicodeScalars.append(contentsOf: word)
      return text
    }
    let trimmed = words.joined(separator: " ")
    guard !trimmed.isEmpty, trimmed != "<private>" else { return nil }
    return String(trimmed.prefix(64))
  }

  /// Who made what, for a title: `EATON 5PX 3000`.
  public var name: String? {
    guard let model else { return maker }
    guard let maker, !model.lowercased().contains(maker.lowercased()) else { return model }
    return "\(maker) \(model)"
  }
}
