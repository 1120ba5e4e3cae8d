public import Limits

/// The values of a poll while they come, as the bytes of a ``JournalRow``: a text goes from a node's reply into the row
/// without anything being made of it.
public struct JournalDraft: Sendable {
  /// The poll's time, in seconds since 1970.
  public let time: Int
  /// How many values there are.
  public private(set) var count = 0
  private(set) var bytes: [UInt8] = []
  private var series = 0

  /// The longest text of a value; librrd takes none of more bytes.
  static let longestText = 255

  public init(time: Int) {
    self.time = time
    bytes.reserveCapacity(1024)
    bytes.append(JournalRow.version)
    appendVariable(zigzag(time), to: &bytes)
  }

  /// Adds a value. One whose text is longer than 255 bytes is left out.
  /// - Parameters:
  ///   - time: when it was taken, in seconds since 1970.
  ///   - text: as librrd takes it: a plain decimal or `U`. Empty: there is no value, only the file is made.
  public mutating func append(_ number: SeriesNumber, at time: Int, _ text: Span<UInt8>) {
    guard text.count <= JournalDraft.longestText else { return }
    appendVariable(zigzag(Int(number.raw) - series), to: &bytes)
    appendVariable(zigzag(time &- self.time), to: &bytes)
    bytes.append(UInt8(text.count))
    text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    series = Int(number.raw)
    count += 1
  }

  /// Adds a value, see ``append(_:at:_:)``.
  public mutating func append(_ value: SeriesValue) {
    append(value.series, at: value.time, value.text.utf8.span)
  }
}

private func appendVariable(_ number: UInt64, to bytes: inout [UInt8]) {
  var rest = number
  while rest >= 0x80 {
    bytes.append(UInt8(rest & 0x7F) | 0x80)
    rest >>= 7
  }
  bytes.append(UInt8(rest))
}

/// 0, -1, 1, -2, … become 0, 1, 2, 3, …
private func zigzag(_ number: Int) -> UInt64 {
  UInt64(bitPattern: Int64((number << 1) ^ (number >> 63)))
}
