/// Rules that many series share; a reference, so that looking at them copies nothing.
final class SharedRules: Sendable {
  let rules: SeriesRules

  init(_ rules: SeriesRules) { self.rules = rules }
}

/// The rules in use, each once.
struct RuleTable: Sendable {
  private(set) var forms: [RuleForm] = []
  private(set) var shared: [SharedRules] = []
  private var uses: [Int] = []
  private var numbers: [SeriesRules: Int32] = [:]
  private var free: [Int32] = []

  /// How many different rules there are.
  var count: Int { numbers.count }

  /// The number of the rules, which has one use more from now on.
  mutating func retain(_ rules: SeriesRules) -> Int32 {
    if let number = numbers[rules] {
      uses[Int(number)] += 1
      return number
    }
    let number: Int32
    if let last = free.popLast() {
      number = last
      shared[Int(last)] = SharedRules(rules)
      forms[Int(last)] = RuleForm(rules)
      uses[Int(last)] = 1
    } else {
      number = Int32(shared.count)
      shared.append(SharedRules(rules))
      forms.append(RuleForm(rules))
      uses.append(1)
    }
    numbers[rules] = number
    return number
  }

  mutating func release(_ number: Int32) {
    guard number >= 0 else { return }
    uses[Int(number)] -= 1
    guard uses[Int(number)] == 0 else { return }
    numbers[shared[Int(number)].rules] = nil
    free.append(number)
  }
}
