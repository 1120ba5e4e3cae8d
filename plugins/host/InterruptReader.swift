internal import MuninWire

/// Steps through the lines of `/proc/interrupts`: a name, a count for each CPU, and words.
struct InterruptReader {
  private var lines = LineReader()
  private let cpus: Int

  /// - Returns: `nil` when the first line does not name the CPUs.
  init?(_ text: Span<UInt8>) {
    guard let first = lines.next(in: text) else { return nil }
    let heading = text.extracting(first)
    var words = WordReader()
    var cpus = 0
    while let word = words.next(in: heading) {
      guard heading.hasPrefix("CPU", at: word.lowerBound) else { return nil }
      cpus += 1
    }
    guard cpus > 0 else { return nil }
    self.cpus = cpus
  }

  /// An interrupt: where its name and words are in the text, and the sum of its counts.
  struct Line {
    var name: Range<Int>
    var sum: UInt64
    var words: Range<Int>
  }

  mutating func next(in text: Span<UInt8>) -> Line? {
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      var words = WordReader()
      guard let name = words.next(in: line), name.count > 1, line[name.upperBound - 1] == 0x3A
      else { continue }
      var sum: UInt64 = 0
      for _ in 0..<cpus {
        let before = words
        guard let count = words.unsigned(in: line) else {
          // ERR and MIS have one count for all CPUs.
          words = before
          break
        }
        sum = sum.addingReportingOverflow(count).partialValue
      }
      let start = range.lowerBound
      return Line(
        name: (start + name.lowerBound)..<(start + name.upperBound - 1), sum: sum,
        words: (start + words.position)..<range.upperBound)
    }
    return nil
  }
}
