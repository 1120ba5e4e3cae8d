/// upsd's answer to one `LIST`, read line by line.
public struct NUTAnswer: Sendable {
  /// What was asked: `VAR eaton`, `UPS`.
  private let subject: [String]
  private var isBegun = false
  /// The words behind the subject of each line.
  public private(set) var rows: [[String]] = []

  /// No UPS has more variables.
  static let most = 1000

  public init(_ subject: [String]) { self.subject = subject }

  public enum Step: Equatable, Sendable {
    case more, done
    /// upsd's error, such as `UNKNOWN-UPS`.
    case refused(String)
    /// The line does not belong to the answer; what was expected instead.
    case wrong(expected: String)
  }

  public mutating func take(_ line: [UInt8]) -> Step {
    guard let words = NUTLine.words(line), let first = words.first else {
      return .wrong(expected: "a line of words")
    }
    if first == "ERR" { return .refused(words.count > 1 ? words[1] : "an error") }
    guard isBegun else {
      guard words == ["BEGIN", "LIST"] + subject else {
        return .wrong(expected: "BEGIN LIST \(subject.joined(separator: " "))")
      }
      isBegun = true
      return .more
    }
    if words == ["END", "LIST"] + subject { return .done }
    guard words.count > subject.count, words.starts(with: subject) else {
      return .wrong(expected: "a line of \(subject.joined(separator: " "))")
    }
    guard rows.count < NUTAnswer.most else {
      return .wrong(expected: "at most \(NUTAnswer.most) lines")
    }
    rows.append(Array(words[subject.count...]))
    return .more
  }
}
