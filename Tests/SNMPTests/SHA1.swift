/// SHA-1 and what RFC 3414 makes of it, written down from the standards: the tests' agent proves the session's
/// messages with code that is not the library's.
enum SHA1 {
  static func hash(_ message: [UInt8]) -> [UInt8] {
    var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) * 8
    padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
    for block in stride(from: 0, to: padded.count, by: 64) {
      var words = [UInt32](repeating: 0, count: 80)
      for place in 0..<16 {
        words[place] = padded[(block + 4 * place)..<(block + 4 * place + 4)].reduce(0) {
          $0 << 8 | UInt32($1)
        }
      }
      for place in 16..<80 {
        words[place] = rotated(
          words[place - 3] ^ words[place - 8] ^ words[place - 14] ^ words[place - 16], 1)
      }
      var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
      for place in 0..<80 {
        let (mixed, constant): (UInt32, UInt32) =
          switch place {
          case ..<20: ((b & c) | (~b & d), 0x5a82_7999)
          case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
          case ..<60: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
          default: (b ^ c ^ d, 0xca62_c1d6)
          }
        let next = rotated(a, 5) &+ mixed &+ e &+ constant &+ words[place]
        (a, b, c, d, e) = (next, a, rotated(b, 30), c, d)
      }
      for (place, word) in [a, b, c, d, e].enumerated() { state[place] &+= word }
    }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) }
    }
  }

  private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    word << bits | word >> (32 - bits)
  }

  /// RFC 2104, of keys no longer than a block.
  static func mac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    let key = key + [UInt8](repeating: 0, count: 64 - key.count)
    return hash(key.map { $0 ^ 0x5c } + hash(key.map { $0 ^ 0x36 } + message))
  }

  /// A passphrase's key at an engine (RFC 3414, section A.2.2), from its hash over a mebibyte.
  static func localized(_ key: [UInt8], at engine: [UInt8]) -> [UInt8] {
    hash(key + engine + key)
  }
}
