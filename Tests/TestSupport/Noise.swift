/// Bytes that look random and are the same in every run, so that a failure can be repeated (SplitMix64).
public struct Noise: RandomNumberGenerator {
  private var state: UInt64

  public init(_ seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  public mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }

  public mutating func bytes(upTo most: Int) -> [UInt8] {
    bytes(Int.random(in: 0...most, using: &self))
  }

  /// Pieces that a parser looks for, with any bytes between.
  /// - Parameter share: how many parts come to one of any byte.
  public mutating func text(of pieces: [String], count: Int, oneIn share: Int = 2) -> [UInt8] {
    (0..<count).flatMap { _ in
      Int.random(in: 0..<share, using: &self) > 0
        ? Array(pieces.randomElement(using: &self)!.utf8) : bytes(1)
    }
  }

  /// Pieces that a parser looks for, in no sensible order.
  public mutating func lines(of pieces: [String], upTo most: Int) -> [UInt8] {
    (0..<Int.random(in: 0...most, using: &self)).flatMap { _ in
      Array(pieces.randomElement(using: &self)!.utf8)
    }
  }

  /// The bytes with a few changed, left out, repeated or cut off.
  public mutating func damaged(_ text: [UInt8]) -> [UInt8] {
    var bytes = text
    for _ in 0..<Int.random(in: 1...8, using: &self) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &self)
      switch Int.random(in: 0...4, using: &self) {
      case 0: bytes[at] = UInt8.random(in: 0...255, using: &self)
      case 1: bytes.remove(at: at)
      case 2: bytes.insert(contentsOf: bytes[at..<min(at + 30, bytes.count)], at: at)
      case 3: bytes.removeSubrange(at..<min(at + 30, bytes.count))
      default: bytes.removeSubrange(at...)
      }
    }
    return bytes
  }
}
