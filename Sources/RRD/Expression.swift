internal import MuninWire

/// A `cdef`: an expression in reverse Polish notation over the fields of a graph.
///
/// It comes from a node and ends up inside an argument of librrd, so it is understood here first: every
/// word is a number, a field or an operator, and the stack is followed through, because librrd 1.7 trusts
/// some counts that come from the stack.
public struct Expression: Sendable, Hashable {
  enum Word: Sendable, Hashable {
    case text(String)
    case field(String)
    case previous(String)
  }

  let words: [Word]

  /// - Parameters:
  ///   - names: fields, each with its variable in the picture.
  ///   - factors: what the values of some variables are multiplied by, for `graph_period`.
  ///   - most: the words of a text; a sum over many fields has many.
  /// - Returns: nil when the text is not an expression that leaves one value.
  public init?(
    _ text: String, names: [String: String], factors: [String: Int] = [:], most: Int = 300
  ) {
    var words: [Word] = []
    var depth = 0
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= most, text.utf8.count <= most * 14 else { return nil }
    for (index, part) in parts.enumerated() {
      let part = trimmed(part)
      if let variable = names[part] {
        words.append(.field(variable))
        if let factor = factors[variable] { words += [.text(String(factor)), .text("*")] }
        depth += 1
      } else if isNumber(part) {
        words.append(.text(part))
        depth += 1
      } else if part.hasPrefix("PREV("), part.hasSuffix(")"),
        let variable = names[String(part.dropFirst(5).dropLast())]
      {
        words.append(.previous(variable))
        depth += 1
      } else if let (taken, given) = Self.operators[part] {
        guard depth >= taken else { return nil }
        depth += given - taken
        words.append(.text(part))
      } else if Self.counted.contains(part), case .text(let count)? = words.last,
        let count = Int(count), count > 0, depth >= count + 1
      {
        depth -= part == "SORT" || part == "REV" ? 1 : count
        words.append(.text(part))
      } else if part == "TREND" || part == "TRENDNAN", index >= 2,
        case .text(let seconds)? = words.last, let seconds = Int(seconds),
        (1...31_536_000).contains(seconds), case .field = words[words.count - 2]
      {
        depth -= 1
        words.append(.text(part))
      } else {
        return nil
      }
    }
    // librrd knows a number by the comma after it.
    if case .text(let last)? = words.last, isNumber(last) { return nil }
    // And it refuses an expression without a variable.
    let hasField = words.contains { if case .text = $0 { false } else { true } }
    guard depth == 1, hasField else { return nil }
    self.words = words
  }

  /// The variables that it reads.
  var variables: Set<String> {
    Set(
      words.compactMap { word in
        switch word {
        case .field(let variable), .previous(let variable): variable
        case .text: nil
        }
      })
  }

  /// A lone field times a number.
  init(variable: String, times factor: Int) {
    words = [.field(variable), .text(String(factor)), .text("*")]
  }

  /// librrd's text, over the variables that begin with `prefix`: `a` maxima, `i` minima, `g` averages.
  func text(prefix: String) -> String {
    let texts = words.map { word in
      switch word {
      case .text(let text): text
      case .field(let variable): prefix + variable
      case .previous(let variable): "PREV(\(prefix)\(variable))"
      }
    }
    return texts.joined(separator: ",")
  }

  /// How many values each operator takes and gives.
  private static let operators: [String: (Int, Int)] = {
    var operators: [String: (Int, Int)] = [:]
    func add(_ names: String, _ taken: Int, _ given: Int) {
      for name in names.split(separator: " ") { operators[String(name)] = (taken, given) }
    }
    add("+ - * / % LT LE GT GE EQ NE MIN MAX MINNAN MAXNAN ADDNAN ATAN2 POW", 2, 1)
    add("SIN COS LOG EXP SQRT ATAN FLOOR CEIL ABS RAD2DEG DEG2RAD UN ISINF", 1, 1)
    add("IF LIMIT", 3, 1)
    add("DUP", 1, 2)
    add("POP", 1, 0)
    add("EXC", 2, 2)
    add("UNKN INF NEGINF NOW TIME LTIME STEPWIDTH COUNT PREV", 0, 1)
    add("NEWDAY NEWWEEK NEWMONTH NEWYEAR", 0, 1)
    return operators
  }()

  /// Operators over as many values as the number before them says.
  private static let counted: Set<String> = [
    "AVG", "MEDIAN", "STDEV", "SMIN", "SMAX", "SORT", "REV",
  ]
}

private func isNumber(_ text: String) -> Bool {
  text.utf8.count <= 40 && parseNumber(text.utf8.span) != nil
    && text.utf8.allSatisfy { (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x65].contains($0) }
}

private func trimmed(_ part: Substring) -> String {
  var part = part.drop { $0 == " " || $0 == "\t" }
  while part.last == " " || part.last == "\t" { part.removeLast() }
  return String(part)
}
