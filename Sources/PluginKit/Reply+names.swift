internal import MuninWire

/// Values of fields whose names are known only at run time, written without a text in between.
extension Reply {
  /// A value with all its digits; NaN and infinity become unknown.
  public mutating func value(_ field: String, exactly value: Double) {
    self.value(field, "", exactly: value)
  }

  /// As above, for a field whose name has two parts, such as a device and a quantity; `nil` becomes unknown.
  public mutating func value(
    _ field: String, _ suffix: StaticString, exactly value: Double?
  ) {
    append(field)
    append(suffix)
    append(".value ")
    appendShort(value ?? .nan, to: &bytes)
    bytes.append(0x0A)
  }

  /// Begins the values of one graph of several: `multigraph PREFIX NAME`.
  public mutating func multigraph(_ prefix: StaticString, _ name: String = "") {
    append("multigraph ")
    append(prefix)
    append(name)
    bytes.append(0x0A)
  }
}

/// Appends fifteen significant digits, as many as a `Double` has, without trailing zeros. NaN and infinity become `U`.
func appendShort(_ value: Double, to bytes: inout [UInt8]) {
  let start = bytes.count
  var digits = 15
  var bound = 1.0
  while digits > 0, value.magnitude >= bound {
    digits -= 1
    bound *= 10
  }
  appendDecimal(value, digits: digits, to: &bytes)
  if digits > 0, bytes.count > start + digits {
    while bytes.last == 0x30 { bytes.removeLast() }
    if bytes.last == 0x2E { bytes.removeLast() }
  }
}
