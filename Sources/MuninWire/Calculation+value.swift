internal import Glibc

extension Calculation {
  /// What it makes of single values, as librrd would.
  /// - Parameter field: the value of a field; `nil` when it is unknown.
  /// - Returns: `nil` when the result is unknown or infinite, or a word needs a picture.
  public func value(_ field: (Int) -> Double?) -> Double? {
    var stack = RPNStack()
    for word in words {
      switch word {
      case .number(let number, _): stack.push(number)
      case .field(let number): stack.push(field(number) ?? .nan)
      case .previous: return nil
      case .operation(let operation): if !stack.apply(operation) { return nil }
      }
    }
    guard let result = stack.pop(), result.isFinite else { return nil }
    return result
  }
}

/// The values of a ``Calculation`` under way; unknown ones are NaN. No memory is allocated for the first 16.
private struct RPNStack {
  private var near = InlineArray<16, Double>(repeating: 0)
  private var far: [Double] = []
  private var count = 0

  mutating func push(_ value: Double) {
    if count < near.count { near[count] = value } else { far.append(value) }
    count += 1
  }

  mutating func pop() -> Double? {
    guard count > 0 else { return nil }
    count -= 1
    return count < near.count ? near[count] : far.removeLast()
  }

  /// - Returns: whether the operator has a value and had what it takes.
  mutating func apply(_ operation: RPNOperator) -> Bool {
    switch operation {
    case .unknown: push(.nan)
    case .infinity: push(.infinity)
    case .negativeInfinity: push(-.infinity)
    case .pop: return pop() != nil
    case .duplicate:
      guard let last = pop() else { return false }
      push(last)
      push(last)
    case .exchange:
      guard let second = pop(), let first = pop() else { return false }
      push(second)
      push(first)
    case .choose:
      guard let third = pop(), let second = pop(), let first = pop() else { return false }
      push(first.isNaN || first == 0 ? third : second)
    case .limit:
      guard let high = pop(), let low = pop(), let value = pop() else { return false }
      push(value >= low && value <= high ? value : .nan)
    case .average, .median, .smallest, .largest: return applyCounted(operation)
    case .sine, .cosine, .logarithm, .exponential, .squareRoot, .arcTangent, .floor, .ceiling,
      .magnitude, .degrees, .radians, .isUnknown, .isInfinite:
      guard let value = pop() else { return false }
      push(operation.result(value))
    default:
      guard operation.hasValue, let second = pop(), let first = pop() else { return false }
      push(operation.result(first, second))
    }
    return true
  }

  /// Operators over as many values as the last one says; unknown ones are left out.
  private mutating func applyCounted(_ operation: RPNOperator) -> Bool {
    guard let last = pop(), let wanted = Int(exactly: last), wanted > 0, wanted <= count else {
      return false
    }
    var values: [Double] = []
    for _ in 0..<wanted {
      if let value = pop(), !value.isNaN { values.append(value) }
    }
    values.sort()
    guard let smallest = values.first, let largest = values.last else {
      push(.nan)
      return true
    }
    switch operation {
    case .average: push(values.reduce(0, +) / Double(values.count))
    case .smallest: push(smallest)
    case .largest: push(largest)
    default:
      let middle = values.count / 2
      push(values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2)
    }
    return true
  }
}

extension RPNOperator {
  /// Of one value.
  fileprivate func result(_ value: Double) -> Double {
    switch self {
    case .sine: sin(value)
    case .cosine: cos(value)
    case .logarithm: log(value)
    case .exponential: exp(value)
    case .squareRoot: value.squareRoot()
    case .arcTangent: atan(value)
    case .floor: value.rounded(.down)
    case .ceiling: value.rounded(.up)
    case .magnitude: value.magnitude
    // librrd has these digits of the factors, and pictures and limits have to agree.
    case .degrees: value * 57.295_779_51
    case .radians: value * 0.017_453_295_2
    case .isUnknown: value.isNaN ? 1 : 0
    case .isInfinite: value.isInfinite ? 1 : 0
    default: .nan
    }
  }

  /// Of two values.
  fileprivate func result(_ first: Double, _ second: Double) -> Double {
    let isUnknown = first.isNaN || second.isNaN
    func known(_ isSo: Bool) -> Double { isUnknown ? .nan : isSo ? 1 : 0 }
    /// The one that is known.
    var single: Double { first.isNaN ? second : first }
    return switch self {
    case .add: first + second
    case .subtract: first - second
    case .multiply: first * second
    case .divide: first / second
    case .remainder: fmod(first, second)
    case .power: pow(first, second)
    case .arcTangent2: atan2(first, second)
    case .addKnown: isUnknown ? single : first + second
    case .smaller: isUnknown ? .nan : Swift.min(first, second)
    case .larger: isUnknown ? .nan : Swift.max(first, second)
    case .smallerKnown: isUnknown ? single : Swift.min(first, second)
    case .largerKnown: isUnknown ? single : Swift.max(first, second)
    case .less: known(first < second)
    case .lessOrEqual: known(first <= second)
    case .greater: known(first > second)
    case .greaterOrEqual: known(first >= second)
    case .equal: known(first == second)
    case .notEqual: known(first != second)
    default: .nan
    }
  }
}
