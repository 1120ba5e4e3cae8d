/// Writes values one after the other, small ones in few bytes: how a ``Notification`` is stored.
struct FactWriter {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ number: Int) {
    // Small numbers of both signs are small; seven bits a byte, the lowest first.
    var rest = UInt64(bitPattern: Int64((number << 1) ^ (number >> 63)))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func put(_ number: Int?) { putOptional(number) { $0.put($1) } }
  mutating func put(_ flag: Bool) { put(flag ? 1 : 0) }

  mutating func put(_ number: Double) {
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> UInt64(shift)))
    }
  }

  mutating func put(_ number: Double?) { putOptional(number) { $0.put($1) } }

  mutating func put(_ text: String) {
    put(text.utf8.count)
    bytes += text.utf8
  }

  mutating func put(_ text: String?) { putOptional(text) { $0.put($1) } }

  mutating func putOptional<Item>(_ item: Item?, _ body: (inout FactWriter, Item) -> Void) {
    put(item != nil)
    if let item { body(&self, item) }
  }

  mutating func putList<Item>(_ items: [Item], _ body: (inout FactWriter, Item) -> Void) {
    put(items.count)
    for item in items { body(&self, item) }
  }
}

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
