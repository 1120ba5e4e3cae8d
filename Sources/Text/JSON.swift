internal import MuninWire

/// Writes JSON. What no JSON number can be is `null`.
public struct JSON: Sendable {
  public private(set) var bytes: [UInt8] = []
  /// Whether something stands before the next value of the innermost list or object.
  private var needsComma = false

  public init() {}

  public mutating func object(_ content: (inout JSON) -> Void) { nest("{", "}", content) }

  public mutating func list<Item>(
    _ items: some Sequence<Item>, _ content: (inout JSON, Item) -> Void
  ) {
    nest("[", "]") { json in
      for item in items { content(&json, item) }
    }
  }

  /// A name of an object; its value must follow.
  public mutating func name(_ name: StaticString) {
    string(name.description)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func member(_ name: StaticString, _ value: String?) {
    self.name(name)
    if let value { string(value) } else { raw("null") }
  }

  public mutating func member(_ name: StaticString, _ value: Int?) {
    self.name(name)
    guard let value else { return raw("null") }
    separate()
    appendDecimal(value, to: &bytes)
  }

  public mutating func member(_ name: StaticString, _ value: Double?) {
    self.name(name)
    // Swift writes the shortest text that gives the same number, in JSON's own form.
    guard let value, value.isFinite else { return raw("null") }
    separate()
    bytes += value.description.utf8
  }

  public mutating func member(_ name: StaticString, _ value: Bool) {
    self.name(name)
    raw(value ? "true" : "false")
  }

  public mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      // Also < and >, for readers that put the text into a page as it is.
      case ..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), 0x7F: escape(byte)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    let digits = Array("0123456789abcdef".utf8)
    bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }

  private mutating func raw(_ text: StaticString) {
    separate()
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  private mutating func nest(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ content: (inout JSON) -> Void
  ) {
    separate()
    bytes.append(UInt8(ascii: open))
    needsComma = false
    content(&self)
    bytes.append(UInt8(ascii: close))
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }
}
