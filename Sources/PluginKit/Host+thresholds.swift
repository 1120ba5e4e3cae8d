public import MuninWire

extension Host {
  /// A field's `warning` or `critical` range from the settings, as munin's helpers look it up: `FIELD_warning`,
  /// then `warning`, then the plugin's own.
  ///
  /// - Parameters:
  ///   - whole: what 100 % is, where the plugin knows it; `n%` inside the range becomes that share.
  ///   - standard: the plugin's own range.
  public func threshold(
    _ kind: String, of field: String, whole: UInt64? = nil, default standard: String? = nil
  ) -> String? {
    guard let text = settings["\(field)_\(kind)"] ?? settings[kind] ?? standard, !text.isEmpty
    else {
      return nil
    }
    guard let whole, text.contains("%") else { return text }
    return text.split(separator: ":", omittingEmptySubsequences: false).map { side in
      guard side.hasSuffix("%"), let share = Double(side.dropLast()) else { return String(side) }
      return formatted(share / 100 * Double(whole), digits: 0)
    }.joined(separator: ":")
  }

  /// Gives a field the thresholds that the settings name for it.
  public func applyThresholds(to field: inout Field, whole: UInt64? = nil) {
    for kind in ["warning", "critical"] {
      if let range = threshold(kind, of: field.name, whole: whole) { field[kind] = range }
    }
  }
}
