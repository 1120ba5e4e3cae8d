/// The parts of one line of a config or fetch reply; ranges are positions in the reply.
enum ReplyLine: Equatable {
  /// Nothing that counts: an empty line, a comment, or a word alone.
  case nothing
  /// The node says instead of an answer why there is none.
  case refusal(Refusal)
  case multigraph(Range<Int>)
  case service(attribute: Range<Int>, value: Range<Int>)
  /// The value may be empty.
  case field(Range<Int>, attribute: Range<Int>, value: Range<Int>)

  init(_ line: Range<Int>, in reply: Span<UInt8>) {
    let line = reply.trimmed(line)
    guard let start = line.first, reply[start] != 0x23 else {
      self = Refusal(reply.extracting(line)).map { .refusal($0) } ?? .nothing
      return
    }
    var end = start
    var dot: Int?
    while end < line.upperBound, !reply[end].isBlank {
      if reply[end] == 0x2E, dot == nil { dot = end }
      end += 1
    }
    var first = end
    while first < line.upperBound, reply[first].isBlank { first += 1 }
    let value = first..<line.upperBound
    if let dot {
      self = .field(start..<dot, attribute: (dot + 1)..<end, value: value)
    } else if value.isEmpty {
      self = .nothing
    } else if reply.extracting(start..<end).isEqual(to: "multigraph") {
      var words = WordReader()
      let name = words.next(in: reply.extracting(value)) ?? 0..<0
      self = .multigraph((first + name.lowerBound)..<(first + name.upperBound))
    } else {
      self = .service(attribute: start..<end, value: value)
    }
  }
}

/// Why a node gave no answer for a service.
public enum Refusal: String, Sendable, Hashable, CustomStringConvertible {
  /// The plugin ran longer than the node allows.
  case timedOut = "plugin timed out"
  /// The plugin ended with an error.
  case badExit = "plugin failed"
  /// The node has no such plugin.
  case unknownService = "unknown service"

  public var description: String { rawValue }

  /// Reads the comment line a node sends.
  init?(_ line: Span<UInt8>) {
    if line.hasPrefix("# Timed out") || line.hasPrefix("# timeout") {
      self = .timedOut
    } else if line.hasPrefix("# Bad exit") {
      self = .badExit
    } else if line.hasPrefix("# Unknown service") {
      self = .unknownService
    } else {
      return nil
    }
  }
}
