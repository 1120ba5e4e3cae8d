internal import Glibc

extension Expression {
  /// Words that stand for a place in a picture: they have no meaning for a single value.
  private static let withoutValue: Set<String> = [
    "COUNT", "LTIME", "NEWDAY", "NEWMONTH", "NEWWEEK", "NEWYEAR", "NOW", "PREV", "REV", "SORT",
    "STDEV", "STEPWIDTH",
    "TIME", "TREND", "TRENDNAN",
  ]

  /// The first word for which there is no value outside of a picture; nil when ``value(of:)`` can be asked.
  public var wordWithoutValue: String? {
    for word in words {
      switch word {
      case .field: continue
      case .previous(let variable): return "PREV(\(variable))"
      case .text(let text): if Self.withoutValue.contains(text) { return text }
      }
    }
    return nil
  }

  /// What the expression makes of single values, as librrd would.
  /// - Parameter value: of a variable; nil when it is unknown.
  /// - Returns: nil when the result is unknown, or no number.
  public func value(of value: (String) -> Double?) -> Double? {
    guard wordWithoutValue == nil else { return nil }
    var stack: [Double] = []
    for word in words {
      switch word {
      case .field(let variable): stack.append(value(variable) ?? .nan)
      case .previous: return nil
      case .text(let text):
        if let number = Double(text) {
          stack.append(number)
        } else if !Self.apply(text, to: &stack) {
          return nil
        }
      }
    }
    guard stack.count == 1, stack[0].isFinite else { return nil }
    return stack[0]
  }

  /// - Returns: whether the operator is known and had what it takes.
  private static func apply(_ name: String, to stack: inout [Double]) -> Bool {
    switch name {
    case "UNKN": stack.append(.nan)
    case "INF": stack.append(.infinity)
    case "NEGINF": stack.append(-.infinity)
    case "POP": return stack.popLast() != nil
    case "DUP":
      guard let last = stack.last else { return false }
      stack.append(last)
    case "EXC":
      guard stack.count >= 2 else { return false }
      stack.swapAt(stack.count - 1, stack.count - 2)
    case "IF", "LIMIT":
      guard stack.count >= 3 else { return false }
      let third = stack.removeLast()
      let second = stack.removeLast()
      let first = stack.removeLast()
      if name == "IF" {
        stack.append(first.isNaN || first == 0 ? third : second)
      } else {
        let isInside = first >= second && first <= third
        stack.append(isInside ? first : .nan)
      }
    case "AVG", "MEDIAN", "SMIN", "SMAX": return many(name, &stack)
    default:
      if let operation = unary[name] {
        guard let last = stack.popLast() else { return false }
        stack.append(operation(last))
      } else if let operation = binary[name] {
        guard stack.count >= 2 else { return false }
        let second = stack.removeLast()
        stack.append(operation(stack.removeLast(), second))
      } else {
        return false
      }
    }
    return true
  }

  /// Operators over as many values as the last one says; unknown ones are left out.
  private static func many(_ name: String, _ stack: inout [Double]) -> Bool {
    guard let last = stack.popLast(), let count = Int(exactly: last), count > 0,
      count <= stack.count
    else { return false }
    let values = stack.suffix(count).filter { !$0.isNaN }.sorted()
    stack.removeLast(count)
    guard let smallest = values.first, let largest = values.last else {
      stack.append(.nan)
      return true
    }
    switch name {
    case "AVG": stack.append(values.reduce(0, +) / Double(values.count))
    case "SMIN": stack.append(smallest)
    case "SMAX": stack.append(largest)
    default:
      let middle = values.count / 2
      stack.append(
        values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2)
    }
    return true
  }

  private static let unary: [String: @Sendable (Double) -> Double] = [
    "SIN": { sin($0) }, "COS": { cos($0) }, "LOG": { log($0) }, "EXP": { exp($0) },
    "SQRT": { sqrt($0) }, "ATAN": { atan($0) }, "FLOOR": { floor($0) }, "CEIL": { ceil($0) },
    "ABS": { fabs($0) }, "RAD2DEG": { $0 * 180 / .pi }, "DEG2RAD": { $0 * .pi / 180 },
    "UN": { $0.isNaN ? 1 : 0 }, "ISINF": { $0.isInfinite ? 1 : 0 },
  ]

  private static let binary: [String: @Sendable (Double, Double) -> Double] = [
    "+": { $0 + $1 }, "-": { $0 - $1 }, "*": { $0 * $1 }, "/": { $0 / $1 },
    "%": { fmod($0, $1) }, "POW": { pow($0, $1) }, "ATAN2": { atan2($0, $1) },
    "LT": { compared($0, $1, $0 < $1) }, "LE": { compared($0, $1, $0 <= $1) },
    "GT": { compared($0, $1, $0 > $1) }, "GE": { compared($0, $1, $0 >= $1) },
    "EQ": { compared($0, $1, $0 == $1) }, "NE": { compared($0, $1, $0 != $1) },
    "MIN": { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) },
    "MAX": { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) },
    "MINNAN": { $0.isNaN ? $1 : $1.isNaN ? $0 : Swift.min($0, $1) },
    "MAXNAN": { $0.isNaN ? $1 : $1.isNaN ? $0 : Swift.max($0, $1) },
    "ADDNAN": { $0.isNaN ? $1 : $1.isNaN ? $0 : $0 + $1 },
  ]

  private static func compared(_ first: Double, _ second: Double, _ isSo: Bool) -> Double {
    first.isNaN || second.isNaN ? .nan : isSo ? 1 : 0
  }
}
