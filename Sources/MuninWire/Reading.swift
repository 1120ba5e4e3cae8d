/// One value of a field as a node sent it: `12`, `0.37`, `1e3`, `U` for unknown, and perhaps with the
/// time it was taken: `1700000000:12`.
public struct Reading: Sendable, Hashable {
  /// When the value was taken, in seconds since 1970, if the node said so.
  public let time: Int?
  /// The accepted bytes of the number, or `U`; of a malformed reading what was sent, in quotes. Up to 15 bytes live inside the
  /// string itself.
  public let text: String
  /// The value, or `nil` when it is unknown.
  public let value: Double?

  /// A value that is not known.
  public static let unknown = Reading(time: nil, text: "U", value: nil)

  /// What was sent where a number belongs: unknown, and ``isMalformed``.
  static func malformed(_ bytes: Span<UInt8>) -> Reading {
    Reading(time: nil, text: excerpt(bytes), value: nil)
  }

  /// Whether the node sent something that is neither a number nor `U`; ``text`` quotes it.
  public var isMalformed: Bool { value == nil && text != "U" }

  private init(time: Int?, text: String, value: Double?) {
    self.time = time
    self.text = text
    self.value = value
  }

  /// The latest time accepted, in the year 36812: with it, no sum or difference of times overflows.
  static let latestTime: UInt64 = 1 << 40

  /// Reads the first word of `bytes`; `nil` when it is not a reading.
  public init?(_ bytes: Span<UInt8>) {
    var words = WordReader()
    guard let range = words.next(in: bytes) else { return nil }
    var word = bytes.extracting(range)
    guard word.count <= longestNumber else { return nil }
    var time: Int?
    if let colon = word.firstIndex(of: 0x3A) {
      guard let seconds = parseUnsigned(word.extracting(0..<colon)), seconds <= Self.latestTime
      else { return nil }
      time = Int(seconds)
      word = word.extracting((colon + 1)..<word.count)
    }
    if word.isEqual(to: "U") {
      self.init(time: time, text: "U", value: nil)
    } else if let value = parseNumber(word) {
      self.init(time: time, text: String(copying: word), value: value)
    } else {
      return nil
    }
  }

  /// Reads the first word of `text`; `nil` when it is not a reading.
  public init?(_ text: String) {
    self.init(text.utf8.span)
  }

  /// The reading with another time.
  public func taken(at time: Int?) -> Reading { Reading(time: time, text: text, value: value) }

  /// What librrd is given: `U`, or the number as sent, which keeps integers exact. Only what librrd
  /// would refuse is written otherwise: an exponent, a plus sign, a point with nothing on one side.
  public var rrdText: String {
    guard value != nil else { return "U" }
    var bytes = text.utf8.makeIterator()
    var last: UInt8 = 0x2E
    var plain = true
    while let byte = bytes.next() {
      if byte | 0x20 == 0x65 || byte == 0x2B || (byte == 0x2E && !last.isDigit) { plain = false }
      last = byte
    }
    if plain, last != 0x2E, text.utf8.first != 0x2E { return text }
    return String(copying: plainDecimal(text.utf8).span)
  }

  /// Appends the reading as it stands on the wire, time included.
  public func append(to bytes: inout [UInt8]) {
    if let time {
      appendDecimal(time, to: &bytes)
      bytes.append(0x3A)
    }
    bytes.append(contentsOf: isMalformed ? "U".utf8 : text.utf8)
  }
}
