internal import MuninWire

/// A process's short name (comm), of which the kernel keeps 15 bytes. Sixteen bytes are two numbers, so that a
/// thousand names are compared with those of some programs in microseconds.
struct ProcessName: Hashable, Sendable {
  /// The bytes in order, the first one lowest; zeros behind the last.
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// Bytes beyond the fifteenth are dropped, as the kernel does.
  static let longest = 15

  init(_ bytes: Span<UInt8>) {
    for index in 0..<min(bytes.count, ProcessName.longest) { set(index, bytes[index]) }
  }

  init(_ text: String) {
    for (index, byte) in text.utf8.prefix(ProcessName.longest).enumerated() { set(index, byte) }
  }

  private mutating func set(_ index: Int, _ byte: UInt8) {
    if index < 8 {
      low |= UInt64(byte) << UInt64(8 * index)
    } else {
      high |= UInt64(byte) << UInt64(8 * (index - 8))
    }
  }

  /// Whether there is one of `0` to `9` among the bytes.
  var hasDigit: Bool {
    for index in 0..<ProcessName.longest where self[index].isDigit { return true }
    return false
  }

  private subscript(index: Int) -> UInt8 {
    UInt8(
      truncatingIfNeeded: index < 8
        ? low >> UInt64(8 * index) : high >> UInt64(8 * (index - 8)))
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for index in 0..<ProcessName.longest where self[index] != 0 { bytes.append(self[index]) }
    return bytes
  }
}
