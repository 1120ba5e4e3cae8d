internal import MuninWire

/// The values of one look at a UPS, in the same form for every source.
public struct UPSReading: Sendable, Equatable {
  /// Where the values come from: `RFC 1628`, `NUT`, `apcupsd`; the best of several sources.
  public var source: String
  /// What each source told, where there were several; the best one first.
  public var shares: [Share] = []
  public var maker: String?
  public var model: String?
  public var serial: String?
  public var firmware: String?
  public var state: UPSState = []
  /// How many alarms stand, as far as the UPS counts them.
  public var alarms: Int?
  /// The input phases without voltage while another has some, counted from 0.
  public var lostPhases: Set<Int> = []
  /// The values per phase; one for what has no phases. What was not told, and what is impossible, is absent.
  private var values: [UPSQuantity: [Double?]] = [:]

  /// What one of several sources told.
  public struct Share: Sendable, Equatable {
    public let source: String
    public let tellsState: Bool
    public let quantities: [UPSQuantity]
  }

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

  /// Whether any phase has a value.
  func has(_ quantity: UPSQuantity) -> Bool {
    values[quantity]?.contains { $0 != nil } ?? false
  }

  /// Sets a value if it is possible.
  /// - Returns: whether it was set.
  @discardableResult
  mutating func take(_ quantity: UPSQuantity, _ value: Double, phase: Int = 0) -> Bool {
    precondition((0..<UPSReading.phases).contains(phase), "a phase of three")
    guard quantity.accepts(value) else { return false }
    var row = values[quantity] ?? []
    while row.count <= phase { row.append(nil) }
    row[phase] = value
    values[quantity] = row
    return true
  }

  /// Sets the values of a quantity, one for each phase, if they say more than those that are there: the first values
  /// that a sensor gave, and then only those of more phases.
  /// - Returns: whether they were set.
  @discardableResult
  mutating func offer(_ quantity: UPSQuantity, _ row: [Double?]) -> Bool {
    let possible = row.map { $0.flatMap { quantity.accepts($0) ? $0 : nil } }
    guard possible.contains(where: { $0 != nil }) else { return false }
    if has(quantity), worth(quantity, values[quantity]!) >= worth(quantity, possible) {
      return false
    }
    values[quantity] = possible
    return true
  }

  /// How many phases a row tells of. Zeros count for the phases that the device says to have.
  private func worth(_ quantity: UPSQuantity, _ row: [Double?]) -> Int {
    let shown = row.indices.count { phase in
      row[phase].map { quantity.isShown(by: $0, phase: phase) } ?? false
    }
    guard shown > 0, quantity.hasPhases, let phases = self[.inputPhases].map(Int.init), phases > 1
    else { return shown }
    return max(shown, row.prefix(phases).count { $0 != nil })
  }

  mutating func remove(_ quantity: UPSQuantity, phase: Int? = nil) {
    guard let phase else {
      values[quantity] = nil
      return
    }
    if let row = values[quantity], row.indices.contains(phase) { values[quantity]![phase] = nil }
  }

  /// The greatest value of all phases.
  func highest(_ quantity: UPSQuantity) -> Double? {
    values[quantity]?.compactMap(\.self).max()
  }

  /// Who made what, for a title: `EATON 5PX 3000`.
  public var name: String? {
    guard let model else { return maker }
    guard let maker, !model.lowercased().contains(text: maker.lowercased()) else { return model }
    return "\(maker) \(model)"
  }
}
