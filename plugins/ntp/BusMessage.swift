internal import MuninWire

/// The D-Bus messages that asking timesyncd takes, in the encoding of the D-Bus specification (little-endian).
enum BusMessage {
  /// A method call with the flag NO_AUTO_START: a question must not start a daemon that does not run.
  static func call(
    _ member: String, of interface: String, at path: String, to destination: String,
    arguments: [String] = [], serial: UInt32
  ) -> [UInt8] {
    var body = BusWriter()
    for argument in arguments { body.string(argument) }
    var message = BusWriter()
    message.bytes = [0x6C, 1, 2, 1]
    message.word(UInt32(body.bytes.count))
    message.word(serial)
    var fields = BusWriter()
    let texts = [(1, "o", path), (2, "s", interface), (3, "s", member), (6, "s", destination)]
    for (code, type, text) in texts {
      fields.align(to: 8)
      fields.bytes.append(UInt8(code))
      fields.signature(type)
      fields.string(text)
    }
    if !arguments.isEmpty {
      fields.align(to: 8)
      fields.bytes.append(8)
      fields.signature("g")
      fields.signature(String(repeating: "s", count: arguments.count))
    }
    message.word(UInt32(fields.bytes.count))
    message.bytes += fields.bytes
    message.align(to: 8)
    return message.bytes + body.bytes
  }

  /// The answer to a call.
  enum Answer: Equatable {
    case value(BusValueBytes)
    case error
  }

  /// The first whole message in what has been read.
  struct Arrival {
    /// How many bytes it takes.
    var length: Int
    /// The call that it answers; `nil` for signals and the like.
    var serial: UInt32?
    var answer: Answer?
  }

  /// The largest message that is accepted, far above those of timesyncd.
  static let largest = 65536

  /// - Returns: `nil` while there is no whole message.
  /// - Throws: ``BusFault`` when the bytes are not a D-Bus message.
  static func arrival(in text: Span<UInt8>) throws(BusFault) -> Arrival? {
    guard text.count >= 16 else { return nil }
    guard text[0] == 0x6C || text[0] == 0x42, text[3] == 1 else { throw BusFault() }
    let isLittle = text[0] == 0x6C
    var reader = BusReader(isLittle: isLittle, position: 4)
    guard let body = reader.word(in: text), reader.word(in: text) != nil,
      let fields = reader.word(in: text), body <= largest, fields <= largest
    else { throw BusFault() }
    let start = (16 + Int(fields) + 7) & ~7
    let length = start + Int(body)
    guard text.count >= length else { return nil }
    var serial: UInt32?
    while reader.position < 16 + Int(fields) {
      reader.align(to: 8)
      guard let code = reader.byte(in: text), let type = reader.signature(in: text) else {
        throw BusFault()
      }
      // Every header field is a text or a number.
      switch type {
      case [0x75]:
        guard let number = reader.word(in: text) else { throw BusFault() }
        if code == 5 { serial = number }
      case [0x73], [0x6F]: guard reader.string(in: text) != nil else { throw BusFault() }
      case [0x67]: guard reader.signature(in: text) != nil else { throw BusFault() }
      default: throw BusFault()
      }
    }
    var arrival = Arrival(length: length, serial: serial)
    let bytes = text.extracting(start..<length).withUnsafeBufferPointer(Array.init)
    if text[1] == 2 { arrival.answer = .value(BusValueBytes(isLittle: isLittle, bytes: bytes)) }
    if text[1] == 3 { arrival.answer = .error }
    return arrival
  }
}

/// Bytes that do not follow the D-Bus specification.
struct BusFault: Error {}

/// The body of an answer.
struct BusValueBytes: Equatable {
  var isLittle: Bool
  var bytes: [UInt8]

  /// A reader behind the variant's signature, if that is the expected one.
  func reader(of signature: StaticString) -> BusReader? {
    var reader = BusReader(isLittle: isLittle, position: 0)
    guard let found = reader.signature(in: bytes.span), found.span.isEqual(to: signature) else {
      return nil
    }
    return reader
  }
}

private struct BusWriter {
  var bytes: [UInt8] = []

  mutating func align(to size: Int) {
    while bytes.count % size != 0 { bytes.append(0) }
  }

  mutating func word(_ value: UInt32) {
    align(to: 4)
    for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(value >> shift & 0xFF)) }
  }

  mutating func string(_ text: String) {
    word(UInt32(text.utf8.count))
    bytes += Array(text.utf8) + [0]
  }

  mutating func signature(_ text: String) {
    bytes.append(UInt8(text.utf8.count))
    bytes += Array(text.utf8) + [0]
  }
}

/// Reads values of a D-Bus message one after the other; `nil` where the bytes end too early.
struct BusReader {
  let isLittle: Bool
  private(set) var position: Int

  mutating func align(to size: Int) { position = (position + size - 1) / size * size }

  mutating func byte(in text: Span<UInt8>) -> UInt8? {
    guard position < text.count else { return nil }
    position += 1
    return text[position - 1]
  }

  private mutating func number(_ size: Int, in text: Span<UInt8>) -> UInt64? {
    align(to: size)
    guard position + size <= text.count else { return nil }
    var value: UInt64 = 0
    for index in 0..<size {
      value = value << 8 | UInt64(text[position + (isLittle ? size - 1 - index : index)])
    }
    position += size
    return value
  }

  mutating func word(in text: Span<UInt8>) -> UInt32? {
    number(4, in: text).map { UInt32($0) }
  }

  mutating func long(in text: Span<UInt8>) -> UInt64? { number(8, in: text) }

  mutating func string(in text: Span<UInt8>) -> Range<Int>? {
    guard let count = word(in: text), Int(count) < text.count - position else { return nil }
    defer { position += Int(count) + 1 }
    return position..<position + Int(count)
  }

  mutating func signature(in text: Span<UInt8>) -> [UInt8]? {
    guard let count = byte(in: text), Int(count) < text.count - position else { return nil }
    defer { position += Int(count) + 1 }
    return text.extracting(position..<position + Int(count)).withUnsafeBufferPointer(Array.init)
  }

  /// An array of bytes.
  mutating func bytes(in text: Span<UInt8>) -> [UInt8]? {
    guard let count = word(in: text), Int(count) <= text.count - position else { return nil }
    defer { position += Int(count) }
    return text.extracting(position..<position + Int(count)).withUnsafeBufferPointer(Array.init)
  }
}
