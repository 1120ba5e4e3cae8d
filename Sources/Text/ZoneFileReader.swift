/// Steps through the parts of a TZif file.
struct ZoneFileReader {
  /// How much of each kind a block has.
  struct Header {
    var version: Int
    var isUT: Int
    var isStandard: Int
    var leaps: Int
    var times: Int
    var types: Int
    var characters: Int

    func size(timeBytes: Int) -> Int {
      times * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + isStandard + isUT
    }
  }

  struct Block {
    var times: [Int] = []
    var offsets: [Int] = []
    var first = 0
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func header() throws(ZoneFileError) -> Header {
    guard bytes.count - position >= 44, bytes[position] == 0x54, bytes[position + 1] == 0x5A,
      bytes[position + 2] == 0x69, bytes[position + 3] == 0x66
    else { throw ZoneFileError("not a file of the tz database (TZif)") }
    let version = bytes[position + 4]
    position += 20
    var counts: [Int] = []
    for _ in 0..<6 { counts.append(number(bytes: 4)) }
    return Header(
      version: version == 0 ? 1 : Int(version) - 0x30, isUT: counts[0], isStandard: counts[1],
      leaps: counts[2], times: counts[3], types: counts[4], characters: counts[5])
  }

  mutating func skip(_ count: Int) throws(ZoneFileError) {
    guard count <= bytes.count - position else { throw ZoneFileError("the file is cut off") }
    position += count
  }

  mutating func block(_ header: Header, timeBytes: Int) throws(ZoneFileError) -> Block {
    guard header.size(timeBytes: timeBytes) <= bytes.count - position else {
      throw ZoneFileError("the file is cut off")
    }
    guard header.leaps == 0 else {
      throw ZoneFileError("its times count leap seconds, which this machine's clock does not")
    }
    guard (1...256).contains(header.types) else { throw ZoneFileError("it has no type of time") }
    var block = Block()
    for _ in 0..<header.times {
      let time = signed(bytes: timeBytes)
      guard block.times.last.map({ $0 < time }) ?? true else {
        throw ZoneFileError("its times are not ascending")
      }
      block.times.append(time)
    }
    var indices: [Int] = []
    for _ in 0..<header.times { indices.append(number(bytes: 1)) }
    var types: [Int] = []
    for _ in 0..<header.types {
      types.append(signed(bytes: 4))
      position += 2
    }
    guard indices.allSatisfy({ $0 < types.count }),
      types.allSatisfy({ abs($0) <= ZoneFile.mostOffset })
    else { throw ZoneFileError("an offset from UTC is missing or too large") }
    block.offsets = indices.map { types[$0] }
    block.first = types[0]
    position += header.characters + header.isStandard + header.isUT
    return block
  }

  /// The rule for later times, between two line feeds; `nil` when it is empty.
  mutating func footer() throws(ZoneFileError) -> ZoneRule? {
    guard position < bytes.count, bytes[position] == 0x0A else {
      throw ZoneFileError("the rule at its end is missing")
    }
    let start = position + 1
    var end = start
    while end < bytes.count, bytes[end] != 0x0A { end += 1 }
    guard end < bytes.count, end - start <= 200 else {
      throw ZoneFileError("the rule at its end is cut off or too long")
    }
    return end == start ? nil : try ZoneRule(Array(bytes[start..<end]))
  }

  private mutating func number(bytes count: Int) -> Int {
    var number: UInt64 = 0
    for _ in 0..<count {
      number = number << 8 | UInt64(bytes[position])
      position += 1
    }
    return Int(truncatingIfNeeded: number)
  }

  private mutating func signed(bytes count: Int) -> Int {
    let number = number(bytes: count)
    // Times of years that no clock shows are cut, so that sums with offsets cannot overflow.
    return count == 4 ? Int(Int32(truncatingIfNeeded: number)) : min(max(number, -1 << 60), 1 << 60)
  }
}
