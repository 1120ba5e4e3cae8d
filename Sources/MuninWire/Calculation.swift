/// A `cdef`: an expression in reverse Polish notation over the fields of a graph, which are known by numbers.
///
/// It serves pictures, where librrd computes it for each place, and limits, where ``value(_:)`` computes it for the newest
/// values. It comes from a node and ends up inside an argument of librrd, so it is understood here first: every word is a number,
/// a field or an operator, and the stack is followed through, because librrd 1.7 trusts some counts that come from the stack.
public struct Calculation: Sendable, Hashable {
  enum Word: Sendable, Hashable {
    /// A number, as it was written.
    case number(Double, String)
    case field(Int)
    /// The value of a field one step before.
    case previous(Int)
    case operation(RPNOperator)
  }

  let words: [Word]

  /// The words of a text that are accepted; a sum over many fields has many.
  public static let mostWords = 300

  /// - Parameters:
  ///   - names: the fields; a name goes before an operator that is called so.
  ///   - most: the number of words accepted.
  /// - Returns: `nil` when the text is not an expression that leaves one value.
  public init?(_ text: String, names: [String: Int], most: Int = Calculation.mostWords) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= most, text.utf8.count <= most * 14 else { return nil }
    var words: [Word] = []
    words.reserveCapacity(parts.count)
    for part in parts {
      guard let word = Calculation.word(trimmed(part), names) else { return nil }
      words.append(word)
    }
    self.init(words: words)
  }

  /// The value of a field itself.
  public init(field: Int) { words = [.field(field)] }

  /// Checks the words; `nil` when they do not leave one value.
  init?(words: [Word]) {
    var depth = 0
    for (index, word) in words.enumerated() {
      guard case .operation(let operation) = word else {
        depth += 1
        continue
      }
      if let (taken, given) = operation.taken {
        guard depth >= taken else { return nil }
        depth += given - taken
        continue
      }
      // The others have a whole number before them.
      guard index >= 1, case .number(_, let text) = words[index - 1], let number = Int(text)
      else { return nil }
      if operation.isTrend {
        guard index >= 2, (1...31_536_000).contains(number), case .field = words[index - 2] else {
          return nil
        }
        depth -= 1
      } else {
        guard number > 0, depth - 1 >= number else { return nil }
        depth -= operation == .sort || operation == .reverse ? 1 : number
      }
    }
    // librrd knows a number by the comma after it, and refuses an expression without a variable.
    if case .number = words.last { return nil }
    let hasField = words.contains {
      switch $0 {
      case .field, .previous: true
      case .number, .operation: false
      }
    }
    guard depth == 1, hasField else { return nil }
    self.words = words
  }

  private static func word(_ part: String, _ names: [String: Int]) -> Word? {
    if let field = names[part] { return .field(field) }
    if let number = number(part) { return .number(number, part) }
    if part.hasPrefix("PREV("), part.hasSuffix(")") {
      return names[String(part.dropFirst(5).dropLast())].map { .previous($0) }
    }
    return RPNOperator(rawValue: part).map { .operation($0) }
  }

  /// A number as librrd reads it: `e` is small.
  private static func number(_ text: String) -> Double? {
    guard text.utf8.count <= 40, let value = parseNumber(text.utf8.span) else { return nil }
    let isPlain = text.utf8.allSatisfy {
      $0.isDigit || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E || $0 == 0x65
    }
    return isPlain ? value : nil
  }

  /// The numbers of the fields that it reads.
  public var fields: Set<Int> {
    Set(
      words.compactMap { word in
        switch word {
        case .field(let field), .previous(let field): field
        case .number, .operation: nil
        }
      })
  }

  /// The text that librrd is given.
  /// - Parameter variable: the name of a field in the picture.
  public func text(_ variable: (Int) -> String) -> String {
    words.map { word in
      switch word {
      case .number(_, let text): text
      case .operation(let operation): operation.rawValue
      case .field(let field): variable(field)
      case .previous(let field): "PREV(\(variable(field)))"
      }
    }.joined(separator: ",")
  }

  /// The first word for which there is no value outside of a picture; `nil` when ``value(_:)`` can be asked.
  /// - Parameter name: of a field.
  public func wordWithoutValue(_ name: (Int) -> String) -> String? {
    for word in words {
      switch word {
      case .field, .number: continue
      case .previous(let field): return "PREV(\(name(field)))"
      case .operation(let operation): if !operation.hasValue { return operation.rawValue }
      }
    }
    return nil
  }

  /// Whether the newest values are enough to compute it: no word of it needs a picture.
  public var isTimeless: Bool { wordWithoutValue { _ in "" } == nil }

  /// The same with other expressions in the place of fields.
  /// - Parameters:
  ///   - other: what stands for a field; `nil` leaves the field. A `PREV(field)` always stays.
  ///   - most: the number of words accepted: fields that are made of each other double with each step.
  /// - Returns: `nil` when it has too many words, or `TREND` would stand behind something that is not a field.
  public func replacing(
    _ other: (Int) -> Calculation?, most: Int = Calculation.mostWords
  ) -> Calculation? {
    var replaced: [Word] = []
    for word in words {
      if case .field(let field) = word, let other = other(field) {
        replaced += other.words
      } else {
        replaced.append(word)
      }
      guard replaced.count <= most else { return nil }
    }
    return Calculation(words: replaced)
  }

  /// The same, multiplied by a number.
  public func times(_ factor: Int) -> Calculation {
    guard
      let product = Calculation(
        words: words + [.number(Double(factor), String(factor)), .operation(.multiply)])
    else { preconditionFailure("a product of a value and a number leaves one value") }
    return product
  }
}

private func trimmed(_ part: Substring) -> String {
  var part = part.drop { $0 == " " || $0 == "\t" }
  while part.last == " " || part.last == "\t" { part.removeLast() }
  return String(part)
}
