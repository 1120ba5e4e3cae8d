/// What a device was found to be: what its graphs need to be described without an answer of the device.
struct UPSProfile: Equatable, Sendable {
  /// Maker and model.
  var title: String?
  /// The fields that it has. What it once had stays.
  var fields: Set<UPSGraphs.Key> = []
  /// The input phases that have had voltage.
  var phases: Set<Int> = []
  var limits = UPSLimits()

  init() {}

  init(_ reading: UPSReading) { learn(from: reading) }

  mutating func learn(from reading: UPSReading) {
    // Another device has taken the place of the one before.
    if let name = reading.name, let title, name != title { self = UPSProfile() }
    title = reading.name ?? title
    fields.formUnion(UPSGraphs.keys(shownBy: reading))
    phases.formUnion(reading.livePhases)
    limits.learn(from: reading)
  }

  /// The fields, or those that most devices have where none is known.
  var shownFields: Set<UPSGraphs.Key> { fields.isEmpty ? UPSGraphs.usual : fields }
}
