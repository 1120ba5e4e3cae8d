public import Ledger
public import Limits

/// The values of one poll of one node, as they are kept in the ledger until their files are on the disk.
///
/// The bytes are a version, the poll's time, and for each value: the distance of its series' number from the one before
/// (zigzag, so that small distances in both directions are one byte), its time's distance from the poll's, the length of its
/// text, and the text. A poll of 80 values takes about 700 bytes.
public struct JournalRow: Sendable, Hashable {
  /// The number of the row: later polls have larger ones.
  public let number: Int
  public let node: NodeNumber
  public let bytes: [UInt8]
  /// How many values it holds.
  public let count: Int

  static let version: UInt8 = 1

  /// A row of what a poll has brought.
  public init(number: Int, node: NodeNumber, _ draft: JournalDraft) {
    self.number = number
    self.node = node
    // A copy of the right size: rows wait in memory by the thousand.
    bytes = draft.bytes.withUnsafeBufferPointer { Array($0) }
    count = draft.count
  }

  /// A row of some values; those whose text is longer than 255 bytes are left out.
  public init(number: Int, node: NodeNumber, time: Int, values: [SeriesValue]) {
    var draft = JournalDraft(time: time)
    for value in values { draft.append(value) }
    self.init(number: number, node: node, draft)
  }

  /// A row as it was stored.
  /// - Returns: `nil` when the bytes are not a row of this version.
  public init?(number: Int, node: NodeNumber, bytes: [UInt8]) {
    self.number = number
    self.node = node
    self.bytes = bytes
    var reader = JournalReader(bytes)
    guard reader.isReadable else { return nil }
    var count = 0
    while reader.next(in: bytes) != nil { count += 1 }
    guard reader.isAtEnd else { return nil }
    self.count = count
  }

  /// The poll's time, in seconds since 1970.
  public var time: Int { JournalReader(bytes).time }

  /// The newest time of a value; 0 without any.
  var newestTime: Int {
    var reader = JournalReader(bytes)
    var newest = 0
    while let value = reader.next(in: bytes) { newest = max(newest, value.time) }
    return newest
  }

  /// All values, in the order in which they came.
  public var values: [SeriesValue] {
    var reader = JournalReader(bytes)
    var values: [SeriesValue] = []
    values.reserveCapacity(count)
    while let value = reader.next(in: bytes) {
      values.append(
        SeriesValue(
          series: value.series, time: value.time,
          text: String(decoding: bytes[value.text], as: UTF8.self)))
    }
    return values
  }
}

/// Steps through the values of a row.
struct JournalReader {
  private var position = 0
  private var series = 0
  let time: Int
  /// Whether the bytes begin as a row does.
  let isReadable: Bool
  private(set) var isAtEnd = false

  init(_ bytes: [UInt8]) {
    guard bytes.first == JournalRow.version else {
      (time, isReadable) = (0, false)
      return
    }
    position = 1
    let time = JournalReader.variable(in: bytes, at: &position)
    self.time = time.map(unzigzag) ?? 0
    isReadable = time != nil
  }

  /// The next value; `nil` at the end, or where the bytes make no sense.
  mutating func next(in bytes: [UInt8]) -> (series: SeriesNumber, time: Int, text: Range<Int>)? {
    guard isReadable else { return nil }
    guard position < bytes.count else {
      isAtEnd = true
      return nil
    }
    guard let step = JournalReader.variable(in: bytes, at: &position),
      let offset = JournalReader.variable(in: bytes, at: &position), position < bytes.count
    else { return nil }
    let (number, overflow) = series.addingReportingOverflow(unzigzag(step))
    let start = position + 1
    let end = start + Int(bytes[position])
    guard !overflow, let raw = UInt32(exactly: number), end <= bytes.count else { return nil }
    series = number
    position = end
    return (SeriesNumber(raw), time &+ unzigzag(offset), start..<end)
  }

  /// A whole number in groups of seven bits, the lowest first.
  private static func variable(in bytes: [UInt8], at position: inout Int) -> UInt64? {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
      shift += 7
    }
    return nil
  }
}

private func unzigzag(_ number: UInt64) -> Int {
  Int(truncatingIfNeeded: number >> 1) ^ -Int(truncatingIfNeeded: number & 1)
}

extension JournalRow: LedgerRows {
  public func write(in transaction: borrowing Transaction) throws(LedgerError) {
    try transaction.execute(
      "INSERT OR REPLACE INTO journal VALUES (?, ?, ?)",
      [.integer(number), .integer(Int(node.raw)), .blob(bytes)])
  }

  public var byteCount: Int { 64 + bytes.count }
}
