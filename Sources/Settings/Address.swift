internal import MuninWire

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) becomes the IPv4 address:
/// a dual-stack socket shows every IPv4 peer that way.
public struct Address: Sendable, Hashable {
  /// 32 or 128.
  public let width: Int
  /// The address as a number, the first byte highest.
  public let bits: UInt128

  init(width: Int, bits: UInt128) {
    if width == 128, bits >> 32 == 0xFFFF {
      self.width = 32
      self.bits = bits & 0xFFFF_FFFF
    } else {
      self.width = width
      self.bits = bits
    }
  }

  /// The bytes of a socket address, 4 or 16 in network order.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.init(width: bytes.count * 8, bits: bytes.reduce(0) { $0 << 8 | UInt128($1) })
  }

  /// `192.0.2.1`, `2001:db8::1`; a zone (`fe80::1%eth0`) is ignored.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    if let four = Self.dotted(bytes[...]) {
      self.init(width: 32, bits: UInt128(four))
    } else if let bits = Self.colons(bytes) {
      self.init(width: 128, bits: bits)
    } else {
      return nil
    }
  }

  /// Whether the address is of this machine's loopback interface.
  public var isLoopback: Bool { width == 32 ? bits >> 24 == 127 : bits == 1 }
}

extension Address: CustomStringConvertible {
  /// The text that access patterns are compared with: dotted, or as RFC 5952 section 4 wants it.
  public var description: String {
    if width == 32 {
      return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: bits >> $0)) }
        .joined(separator: ".")
    }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
    guard let zeros = Self.longestZeros(groups) else { return Self.hex(groups[...]) }
    return Self.hex(groups[..<zeros.lowerBound]) + "::" + Self.hex(groups[zeros.upperBound...])
  }

  private static func hex(_ groups: ArraySlice<UInt16>) -> String {
    groups.map { String($0, radix: 16) }.joined(separator: ":")
  }

  /// The first longest run of at least two zeros.
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
    var best = 0..<1
    var start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 { start = index + 1 }
      if index + 1 - start > best.count { best = start..<index + 1 }
    }
    return best.count > 1 ? best : nil
  }
}

extension Address {
  /// Four decimal numbers. A leading zero is refused: some read it as octal.
  private static func dotted(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy(\.isDigit),
        part.count == 1 || part.first != UInt8(ascii: "0"),
        let number = UInt8(String(decoding: part, as: UTF8.self))
      else { return nil }
      bits = bits << 8 | UInt32(number)
    }
    return bits
  }

  private static func colons(_ text: [UInt8]) -> UInt128? {
    let bytes = text.prefix { $0 != UInt8(ascii: "%") }
    guard bytes.count + 1 != text.count, bytes.count <= 45 else { return nil }
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count > 2 else { return nil }
    var groups: [UInt16] = []
    var gap: Int?
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      if part.isEmpty {
        // `::` is one empty part inside, two at an end, three alone.
        if index == 0 {
          guard parts[1].isEmpty else { return nil }
        } else if isLast {
          guard parts[index - 1].isEmpty else { return nil }
        } else {
          guard gap == nil else { return nil }
          gap = groups.count
        }
      } else if isLast, let four = dotted(part) {
        groups.append(UInt16(four >> 16))
        groups.append(UInt16(four & 0xFFFF))
      } else {
        guard part.count <= 4, let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16),
          part.first != UInt8(ascii: "+")
        else { return nil }
        groups.append(group)
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    return groups.reduce(0) { $0 << 16 | UInt128($1) }
  }
}
