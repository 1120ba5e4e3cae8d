public import MuninWire

extension Host {
  /// A field's `warning` or `critical` range: the setting `FIELD_warning`, else the setting `warning`, else the plugin's
  /// default, as munin's helpers look it up.
  ///
  /// - Parameters:
  ///   - general: whether `warning` alone counts. It does not where munin's plugin of that name takes no thresholds: a
  ///     `warning` in a section `[*]`, meant for other plugins, must not raise alarms.
  ///   - whole: the value of 100 %, where the plugin knows it; `n%` inside the range becomes that share.
  ///   - hasFractions: whether a share may lie between two whole numbers. Of bytes, files and the like there are no
  ///     fractions, so a share of them is rounded.
  ///   - standard: the range that counts without a setting.
  public func threshold(
    _ kind: String, of field: String, whole: UInt64? = nil, general: Bool = true,
    hasFractions: Bool = false, default standard: String? = nil
  ) -> String? {
    let own = settings["\(field)_\(kind)"] ?? (general ? settings[kind] : nil)
    guard let text = own ?? standard, !text.isEmpty else { return nil }
    guard let whole, text.contains("%") else { return text }
    return text.split(separator: ":", omittingEmptySubsequences: false).map { side in
      guard side.hasSuffix("%"), let share = Double(side.dropLast()) else { return String(side) }
      var bytes: [UInt8] = []
      let part = share * Double(whole) / 100
      appendShort(hasFractions ? part : part.rounded(), to: &bytes)
      return String(copying: bytes.span)
    }.joined(separator: ":")
  }

  /// Gives a field the thresholds that the settings name for it.
  public func applyThresholds(
    to field: inout Field, whole: UInt64? = nil, general: Bool = true, hasFractions: Bool = false
  ) {
    for kind in ["warning", "critical"] {
      if let range = threshold(
        kind, of: field.name, whole: whole, general: general, hasFractions: hasFractions)
      {
        field[kind] = range
      }
    }
  }
}
