internal import MuninWire
internal import PluginKit

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

  /// Where the first row is that could not be parsed.
  private(set) var strange: Range<Int>?

  /// An interrupt: where its name and words are in the text, and the sum of its counts.
  struct Line {
    var name: Range<Int>
    var sum: KernelCounter
    var words: Range<Int>
  }

  mutating func next(in text: Span<UInt8>) -> Line? {
    while let range = lines.next(in: text) {
      let line = text.extracting(range)
      guard let name = InterruptReader.name(in: line) else {
        var words = WordReader()
        if strange == nil, words.next(in: line) != nil { strange = range }
        continue
      }
      // The counts may stand right behind the colon: `IPI5:1832994294`.
      var words = WordReader(from: name.upperBound + 1)
      var sum = KernelCounter(0)
      for _ in 0..<cpus {
        let before = words
        guard let count = words.counter(in: line) else {
          // ERR and MIS have one count for all CPUs.
          words = before
          break
        }
        sum = sum + count
      }
      let start = range.lowerBound
      return Line(
        name: (start + name.lowerBound)..<(start + name.upperBound), sum: sum,
        words: (start + words.position)..<range.upperBound)
    }
    return nil
  }

  /// What stands before the colon, when it is one word.
  private static func name(in line: Span<UInt8>) -> Range<Int>? {
    guard let colon = line.firstIndex(of: 0x3A) else { return nil }
    var words = WordReader()
    guard let word = words.next(in: line.extracting(0..<colon)), word.upperBound == colon else {
      return nil
    }
    return word
  }
}
