/// Reads what ``FactWriter`` has written. Bytes that nobody wrote give ``FactError``.
struct FactReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func number() throws(FactError) -> Int {
    var found: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < bytes.count else { throw FactError() }
      let byte = bytes[position]
      position += 1
      if shift < 64 { found |= UInt64(byte & 0x7F) << shift }
      if byte < 0x80 {
        return Int(Int64(bitPattern: found >> 1) ^ -Int64(bitPattern: found & 1))
      }
    }
    throw FactError()
  }

  mutating func flag() throws(FactError) -> Bool { try number() != 0 }

  mutating func real() throws(FactError) -> Double {
    guard bytes.count - position >= 8 else { throw FactError() }
    var bits: UInt64 = 0
    for index in 0..<8 { bits |= UInt64(bytes[position + index]) << UInt64(8 * index) }
    position += 8
    return Double(bitPattern: bits)
  }

  mutating func text() throws(FactError) -> String {
    let count = try count()
    let text = String(decoding: bytes[position..<position + count], as: UTF8.self)
    position += count
    return text
  }

  mutating func optional<Item>(
    _ body: (inout FactReader) throws(FactError) -> Item
  ) throws(FactError) -> Item? {
    try flag() ? try body(&self) : nil
  }

  mutating func numberIfAny() throws(FactError) -> Int? {
    try flag() ? try number() : nil
  }

  mutating func realIfAny() throws(FactError) -> Double? {
    try flag() ? try real() : nil
  }

  mutating func textIfAny() throws(FactError) -> String? {
    try flag() ? try text() : nil
  }

  mutating func list<Item>(
    _ body: (inout FactReader) throws(FactError) -> Item
  ) throws(FactError) -> [Item] {
    // Each item has a byte at least.
    var items: [Item] = []
    for _ in 0..<(try count()) { items.append(try body(&self)) }
    return items
  }

  mutating func choice<Choice: RawRepresentable<Int>>() throws(FactError) -> Choice {
    guard let choice = Choice(rawValue: try number()) else { throw FactError() }
    return choice
  }

  private mutating func count() throws(FactError) -> Int {
    let count = try number()
    guard (0...bytes.count - position).contains(count) else { throw FactError() }
    return count
  }
}

/// Bytes that are no stored facts.
struct FactError: Error {}
