import SNMP

/// The bytes of ASN.1's basic encoding, as far as SNMP goes: enough for an agent that says what a test wants.
enum BER {
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    if content.count < 128 { return [tag, UInt8(content.count)] + content }
    return [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
  }

  static func sequence(_ parts: [[UInt8]]) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }

  static func integer(_ number: Int64, tag: UInt8 = 0x02) -> [UInt8] {
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    while bytes.count > 1,
      (bytes[0] == 0 && bytes[1] < 128) || (bytes[0] == 255 && bytes[1] >= 128)
    {
      bytes.removeFirst()
    }
    return element(tag, bytes)
  }

  static func octets(_ bytes: [UInt8]) -> [UInt8] { element(0x04, bytes) }

  static func oid(_ oid: OID) -> [UInt8] {
    var content = [UInt8(oid.numbers[0] * 40 + oid.numbers[1])]
    for number in oid.numbers.dropFirst(2) {
      var digits = [UInt8(number & 127)]
      var rest = number >> 7
      while rest > 0 {
        digits.insert(UInt8(rest & 127) | 128, at: 0)
        rest >>= 7
      }
      content += digits
    }
    return element(0x06, content)
  }

  static func value(_ value: SNMPValue) -> [UInt8] {
    switch value {
    case .integer(let number): integer(number)
    case .unsigned(let number): integer(Int64(bitPattern: number), tag: 0x42)
    case .ticks(let number): integer(Int64(number), tag: 0x43)
    case .octets(let bytes): octets(bytes)
    case .oid(let name): oid(name)
    case .address(let bytes): element(0x40, bytes)
    case .null: element(0x05, [])
    case .noSuchObject: element(0x80, [])
    case .noSuchInstance: element(0x81, [])
    case .endOfView: element(0x82, [])
    case .other(let tag): element(tag, [1, 2, 3])
    }
  }

  /// An element of a message, read.
  struct Element {
    let tag: UInt8
    /// Where the content is in the message.
    let range: Range<Int>
    let message: [UInt8]

    var bytes: [UInt8] { Array(message[range]) }

    var number: Int64 {
      bytes.reduce(bytes[0] >= 128 ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    /// What a sequence is made of.
    var parts: [Element] {
      var parts: [Element] = []
      var position = range.lowerBound
      while position < range.upperBound {
        let part = Element.read(message, at: position)
        parts.append(part)
        position = part.range.upperBound
      }
      return parts
    }

    var oid: OID {
      var numbers: [UInt32] = [UInt32(bytes[0]) / 40, UInt32(bytes[0]) % 40]
      var number: UInt32 = 0
      for byte in bytes.dropFirst() {
        number = number << 7 | UInt32(byte & 127)
        if byte < 128 {
          numbers.append(number)
          number = 0
        }
      }
      return OID(numbers)
    }

    static func read(_ message: [UInt8], at position: Int) -> Element {
      var start = position + 2
      var length = Int(message[position + 1])
      if length >= 128 {
        start += length - 128
        length = message[(position + 2)..<start].reduce(0) { $0 << 8 | Int($1) }
      }
      return Element(tag: message[position], range: start..<(start + length), message: message)
    }
  }
}
