public import MuninWire

extension Host {
  /// A field's `warning` or `critical` range from the settings, as munin's helpers look it up: `FIELD_warning`,
  /// then `warning`, then the plugin's own.
  ///
  /// - Parameters:
  ///   - general: whether `warning` alone counts. Not for plugins whose original knows no limits: what is meant
  ///     for others in a section `[*]` must not begin to raise alarms.
  ///   - whole: what 100 % is, where the plugin knows it; `n%` inside the range becomes that share.
  ///   - standard: the plugin's own range.
  public func threshold(
    _ kind: String, of field: String, whole: UInt64? = nil, general: Bool = true,
    default standard: String? = nil
  ) -> String? {
    let own = settings["\(field)_\(kind)"] ?? (general ? settings[kind] : nil)
    guard let text = own ?? standard, !text.isEmpty else { return nil }
    guard let whole, text.contains("%") else { return text }
    return text.split(separator: ":", omittingEmptySubsequences: false).map { side in
      guard side.hasSuffix("%"), let share = Double(side.dropLast()) else { return String(side) }
      var bytes: [UInt8] = []
      appendShort(share * Double(whole) / 100, to: &bytes)
      return String(copying: bytes.span)
    }.joined(separator: ":")
  }

  /// Gives a field the thresholds that the settings name for it.
  public func applyThresholds(
    to field: inout Field, whole: UInt64? = nil, general: Bool = true
  ) {
    for kind in ["warning", "critical"] {
      if let range = threshold(kind, of: field.name, whole: whole, general: general) {
        field[kind] = range
      }
    }
  }
}
