/// Steps through the lines of a text, which end with LF, CR LF, or the text.
public struct LineReader: Sendable {
  /// Where the next step begins.
  public private(set) var position = 0
  /// The number of the line returned last, counted from 1.
  public private(set) var number = 0

  /// A reader at the beginning of its text.
  public init() {}

  /// The range of the next line without its end, or `nil` at the end of the text. May be empty.
  public mutating func next(in text: Span<UInt8>) -> Range<Int>? {
    guard position < text.count else { return nil }
    let start = position
    var end = text.firstIndex(of: 0x0A, from: start) ?? text.count
    position = min(end + 1, text.count)
    while end > start, text[end - 1] == 0x0D { end -= 1 }
    number += 1
    return start..<end
  }
}
