/// A line of upsd's protocol as words: separated by blanks, in quotation marks where they contain blanks, with a
/// backslash before a quotation mark or a backslash (NUT's net-protocol, "Quoting").
public enum NUTLine {
  /// The longest line that is read. upsd's own limit for a word is 512 bytes.
  static let longest = 2048

  /// The words of a line; `nil` when a quotation mark is not closed, or is followed by more of the word.
  public static func words(_ line: [UInt8]) -> [String]? {
    var words: [String] = []
    var position = 0
    while true {
      while position < line.count, line[position] == 0x20 { position += 1 }
      guard position < line.count else { return words }
      var word: [UInt8] = []
      if line[position] == 0x22 {
        position += 1
        var isClosed = false
        while position < line.count, !isClosed {
          switch line[position] {
          case 0x22: isClosed = true
          case 0x5C:
            position += 1
            guard position < line.count else { return nil }
            word.append(line[position])
          default: word.append(line[position])
          }
          position += 1
        }
        guard isClosed, position == line.count || line[position] == 0x20 else { return nil }
      } else {
        while position < line.count, line[position] != 0x20 {
          if line[position] == 0x5C, position + 1 < line.count { position += 1 }
          word.append(line[position])
          position += 1
        }
      }
      words.append(String(decoding: word, as: UTF8.self))
    }
  }

  /// A word as it is sent.
  public static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }
    guard !plain || word.isEmpty else { return word }
    var text = "\""
    for scalar in word.unicodeScalars where scalar.value >= 0x20 {
      if scalar == "\"" || scalar == "\\" { text.append("\\") }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}

/// Cuts bytes into lines of a bounded length.
public struct LineCutter: Sendable {
  private var rest: [UInt8] = []
  private let longest: Int

  public init(longest: Int) { self.longest = longest }

  /// A line is longer than any may be.
  public struct Endless: Error, Equatable, Sendable {}

  /// Takes bytes and returns the complete lines, without their ends.
  public mutating func take(_ bytes: Span<UInt8>) throws(Endless) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for index in 0..<bytes.count {
      let byte = bytes[index]
      if byte == 0x0A {
        if rest.last == 0x0D { rest.removeLast() }
        lines.append(rest)
        rest.removeAll(keepingCapacity: true)
      } else {
        guard rest.count < longest else { throw Endless() }
        rest.append(byte)
      }
    }
    return lines
  }
}
