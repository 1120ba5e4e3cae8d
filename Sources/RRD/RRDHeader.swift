internal import MuninWire

/// The header of a file.
struct RRDHeader: Sendable, Hashable {
  var type = ""
  var step = 0
  var lastUpdate = 0
  /// NaN when values have no limit on that side.
  var min = Double.nan
  var max = Double.nan
  /// How many steps the longest archive goes back.
  var longestRows: UInt = 0

  /// The options of `rrdtool tune` that make the file what `spec` says: munin tunes type and limits.
  func tuning(to spec: RRDSpec) -> [String] {
    let source = RRDSpec.dataSource
    var options: [String] = []
    if type != spec.type.rawValue {
      options += ["--data-source-type", "\(source):\(spec.type.rawValue)"]
    }
    if !isSame(min, spec.min) { options += ["--minimum", "\(source):\(spec.min)"] }
    if !isSame(max, spec.max) { options += ["--maximum", "\(source):\(spec.max)"] }
    return options
  }

  private func isSame(_ value: Double, _ text: String) -> Bool {
    let wanted = Double(text) ?? .nan
    return value == wanted || (value.isNaN && wanted.isNaN)
  }
}
