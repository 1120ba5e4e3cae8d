internal import Glibc

extension UInt8 {
  /// Whether the byte is white space: blank, tab, line feed, vertical tab, form feed or carriage return.
  public var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

  /// Whether the byte is one of `0` to `9`.
  public var isDigit: Bool { self &- 0x30 < 10 }

  /// Whether the byte is an ASCII letter.
  public var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }

  /// Whether the byte may stand anywhere in a field name but in front: letter, digit or underscore.
  public var isWord: Bool { isLetter || isDigit || self == 0x5F }

  /// The byte with an ASCII capital made small.
  var lowered: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }
}

extension Span where Element == UInt8 {
  /// Whether the bytes are exactly `text`.
  public func isEqual(to text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && hasPrefix(text)
  }

  /// Whether `text` stands at `position`.
  public func hasPrefix(_ text: StaticString, at position: Int = 0) -> Bool {
    guard position >= 0, text.utf8CodeUnitCount <= count - position else { return false }
    return text.withUTF8Buffer { wanted in
      for index in wanted.indices where self[position + index] != wanted[index] { return false }
      return true
    }
  }

  /// Whether the bytes are exactly those of `text`.
  func isEqual(to text: String) -> Bool {
    var index = 0
    for byte in text.utf8 {
      guard index < count, self[index] == byte else { return false }
      index += 1
    }
    return index == count
  }

  /// The position of the first `byte` at or after `start`, or `nil`.
  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    guard start < count else { return nil }
    precondition(start >= 0, "a position of the text")
    // C's own search: looking for the lines of /proc byte by byte was a fifteenth of a node's work (make bench).
    return withUnsafeBytes { bytes in
      let base = bytes.baseAddress!
      let found = memchr(base + start, Int32(byte), bytes.count - start)
      return found.map { UnsafeRawPointer($0) - base }
    }
  }

  /// Where `text` stands first, or `nil`. (See ``Swift/StringProtocol/contains(text:)``.)
  public func range(of text: some Collection<UInt8>) -> Range<Int>? {
    guard text.count <= count else { return nil }
    for start in 0...(count - text.count) {
      var position = start
      if text.allSatisfy({ byte in
        defer { position += 1 }
        return self[position] == byte
      }) {
        return start..<position
      }
    }
    return nil
  }

  /// The range without the blanks at its two ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, self[start].isBlank { start += 1 }
    while start < end, self[end - 1].isBlank { end -= 1 }
    return start..<end
  }
}

extension StringProtocol {
  /// Whether `text` stands anywhere in this one, byte for byte.
  ///
  /// The standard library's `contains(_:)` for texts, and `firstRange(of:)`, belong to its module of regular
  /// expressions, which takes 1 MB in a program that is linked statically.
  public func contains(text: some StringProtocol) -> Bool {
    Array(utf8).span.range(of: text.utf8) != nil
  }
}

extension String {
  /// The text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD.
  public init(copying bytes: Span<UInt8>) {
    self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// The text of bytes of which each is one character (ISO 8859-1).
  init(latin1 bytes: Span<UInt8>) {
    self.init()
    unicodeScalars.reserveCapacity(bytes.count)
    for index in 0..<bytes.count { unicodeScalars.append(Unicode.Scalar(bytes[index])) }
  }
}
