/// Steps through the blank-separated words of a text.
public struct WordReader: Sendable {
  /// Where the next step begins.
  public private(set) var position: Int

  /// A reader at a position of its text.
  public init(from position: Int = 0) { self.position = position }

  /// The range of the next word, or `nil` at the end of the text.
  public mutating func next(in text: Span<UInt8>) -> Range<Int>? {
    while position < text.count, text[position].isBlank { position += 1 }
    let start = position
    while position < text.count, !text[position].isBlank { position += 1 }
    return start == position ? nil : start..<position
  }

  /// The next word as a decimal number; `nil` at the end, or when the word is none.
  public mutating func number(in text: Span<UInt8>) -> Double? {
    next(in: text).flatMap { parseNumber(text.extracting($0)) }
  }

  /// The next word as a whole number of at most 64 bits; `nil` at the end, or when the word is none.
  public mutating func unsigned(in text: Span<UInt8>) -> UInt64? {
    next(in: text).flatMap { parseUnsigned(text.extracting($0)) }
  }

  /// Passes over `count` words and says whether there were so many.
  @discardableResult
  public mutating func skip(_ count: Int, in text: Span<UInt8>) -> Bool {
    for _ in 0..<count where next(in: text) == nil { return false }
    return true
  }
}
