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
