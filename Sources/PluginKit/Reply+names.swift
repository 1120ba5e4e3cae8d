internal import MuninWire

/// Values of fields whose names are known only at run time, written without a text in between.
extension Reply {
  /// A field named `prefix` and what a file says; all but letters, digits and underscores becomes an underscore.
  public mutating func value(_ prefix: StaticString, _ name: Span<UInt8>, _ value: UInt64) {
    append(prefix)
    for index in 0..<name.count { bytes.append(name[index].isWord ? name[index] : 0x5F) }
    append(".value ")
    appendDecimal(value, to: &bytes)
    bytes.append(0x0A)
  }

  /// A value with all its digits; what is no number becomes unknown.
  public mutating func value(_ field: String, exactly value: Double) {
    self.value(field, "", exactly: value)
  }

  /// As above, for a field whose name is in two parts, a device's and what is told of it; without a number it is
  /// unknown.
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

/// Appends fifteen digits, as many as a `Double` has, but no zeros behind the last one that counts. What is no
/// number becomes `U`.
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
