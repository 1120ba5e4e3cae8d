/// Bytes that are the same in every run, so that a failure can be repeated.
struct Noise: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func bytes(upTo most: Int) -> [UInt8] {
    (0..<Int.random(in: 0...most, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self)
    }
  }

  /// Lines made of pieces that mean something to a parser, in no sensible order.
  mutating func lines(of pieces: [String], upTo most: Int) -> [UInt8] {
    (0..<Int.random(in: 0...most, using: &self)).flatMap { _ in
      Array(pieces.randomElement(using: &self)!.utf8)
    }
  }

  /// The text with a few bytes changed, left out, repeated, or cut off.
  mutating func mutated(_ text: [UInt8]) -> [UInt8] {
    var bytes = text
    for _ in 0..<Int.random(in: 1...12, using: &self) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &self)
      switch Int.random(in: 0...4, using: &self) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes.remove(at: at)
      case 2: bytes.insert(bytes.randomElement(using: &self)!, at: at)
      case 3: bytes.insert(contentsOf: bytes[at..<min(at + 40, bytes.count)], at: at)
      default: bytes.removeSubrange(at..<min(at + 20, bytes.count))
      }
    }
    return bytes
  }
}
