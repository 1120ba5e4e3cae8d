/// rrdcached's answer to one BATCH, read as it comes: a line that it goes ahead, a line with the number of commands that it
/// refused, and a line for each of these with the command's number, from 1, and why.
public struct RRDCachedAnswer: Sendable {
  /// A command that was refused.
  public struct Refusal: Sendable, Hashable {
    /// The place of the command in its batch, from 0.
    public let command: Int
    public let words: String
  }

  /// What is no answer to a BATCH.
  public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
  }

  private enum Place: Sendable {
    case greeting
    case count
    case refusals(left: Int)
    case end
  }

  private let commands: Int
  private var place = Place.greeting
  private var line: [UInt8] = []
  /// In the order in which they came.
  public private(set) var refusals: [Refusal] = []

  /// A path of the longest kind, and words around it.
  private static let longestLine = 8192

  /// - Parameter commands: how many the batch has.
  public init(commands: Int) { self.commands = commands }

  /// Whether everything has come.
  public var isComplete: Bool { if case .end = place { true } else { false } }

  /// Takes the next bytes.
  public mutating func read(_ bytes: some Sequence<UInt8>) throws(Fault) {
    for byte in bytes {
      guard !isComplete else { throw Fault(description: "more came than was asked for") }
      guard byte == UInt8(ascii: "\n") else {
        guard line.count < Self.longestLine else {
          throw Fault(description: "a line is longer than \(Self.longestLine) bytes")
        }
        line.append(byte)
        continue
      }
      try take(line)
      line.removeAll(keepingCapacity: true)
    }
  }

  private mutating func take(_ line: [UInt8]) throws(Fault) {
    switch place {
    case .greeting:
      guard let (status, _) = Self.split(line), status >= 0 else {
        throw Fault(description: "expected that it goes ahead, found '\(Self.words(line))'")
      }
      place = .count
    case .count:
      guard let (count, _) = Self.split(line), (0...commands).contains(count) else {
        throw Fault(
          description: "expected the number of errors of \(commands) commands, "
            + "found '\(Self.words(line))'")
      }
      place = count == 0 ? .end : .refusals(left: count)
    case .refusals(let left):
      guard let (number, words) = Self.split(line), (1...max(1, commands)).contains(number) else {
        throw Fault(
          description: "expected an error of one of \(commands) commands, "
            + "found '\(Self.words(line))'")
      }
      refusals.append(Refusal(command: number - 1, words: Self.words(words)))
      place = left == 1 ? .end : .refusals(left: left - 1)
    case .end: break
    }
  }

  /// The number at the beginning of a line, and what follows it.
  private static func split(_ line: [UInt8]) -> (Int, ArraySlice<UInt8>)? {
    let number = line.prefix { $0 != UInt8(ascii: " ") }
    guard number.count <= 10, let value = Int(String(decoding: number, as: UTF8.self)) else {
      return nil
    }
    return (value, line[number.endIndex...].drop { $0 == UInt8(ascii: " ") })
  }

  /// What can stand in a log.
  private static func words(_ bytes: some Collection<UInt8>) -> String {
    String(
      decoding: bytes.prefix(200).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 },
      as: UTF8.self)
  }
}

extension RRDCachedAnswer.Refusal {
  /// Values are refused that are not newer than the file's newest one, of which this is the time.
  public var lastUpdate: Int? {
    guard words.hasPrefix("illegal attempt to update"),
      let place = words.firstRange(of: "last update time is ")
    else { return nil }
    let number = words[place.upperBound...].prefix { $0.isASCII && $0.isNumber }
    guard number.utf8.count <= 12, let time = Int(number) else { return nil }
    return time
  }

  /// Whether there is no such file.
  public var isMissing: Bool { words.hasPrefix("No such file") }
}
