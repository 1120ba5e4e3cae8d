import MuninWire
import Testing

private func words(_ text: String) -> [String] {
  let bytes = text.utf8.span
  var reader = WordReader()
  var words: [String] = []
  while let word = reader.next(in: bytes) { words.append(String(copying: bytes.extracting(word))) }
  return words
}

private func lines(_ text: String) -> [String] {
  let bytes = text.utf8.span
  var reader = LineReader()
  var lines: [String] = []
  while let line = reader.next(in: bytes) { lines.append(String(copying: bytes.extracting(line))) }
  #expect(reader.number == lines.count)
  return lines
}

@Test(
  arguments: [
    ("", []), ("  \t ", []), ("one", ["one"]), (" a\tbb  c ", ["a", "bb", "c"]),
    ("x\r\ny", ["x", "y"]),
  ] as [(String, [String])])
func wordsAreSeparatedByBlanks(text: String, expected: [String]) {
  #expect(words(text) == expected)
}

@Test(
  arguments: [
    ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\r\n\r\nb\n", ["a", "", "b"]), ("\n\n", ["", ""]),
    ("a\rb\n", ["a\rb"]),
  ] as [(String, [String])])
func linesEndWithLineFeeds(text: String, expected: [String]) {
  #expect(lines(text) == expected)
}

@Test func wordsAreReadAsNumbers() {
  let text = "cpu 12 x 0.25 99999999999999999999 7".utf8.span
  var reader = WordReader()
  let skipped = reader.skip(1, in: text)
  let numbers = (0..<2).map { _ in reader.unsigned(in: text) }
  let average = reader.number(in: text)
  let rest = (0..<3).map { _ in reader.unsigned(in: text) }
  let beyond = reader.skip(1, in: text)
  #expect(skipped)
  #expect(numbers == [12, nil])
  #expect(average == 0.25)
  #expect(rest == [nil, 7, nil])
  #expect(!beyond)
}

@Test func bytesAreComparedWithText() {
  let text = "MemFree: 12".utf8.span
  let prefixes = [
    text.hasPrefix("MemFree:"), text.hasPrefix("12", at: 9), text.hasPrefix("12", at: 10),
    text.hasPrefix("12", at: -1), text.isEqual(to: "MemFree"), text.isEqual(to: "MemFree: 12"),
  ]
  #expect(prefixes == [true, true, false, false, false, true])
}
