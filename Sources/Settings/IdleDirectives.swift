/// Directives of a file that are understood and have no effect: one warning for each word and reason,
/// whatever the number of its lines.
struct IdleDirectives {
  /// Whether each line has a warning of its own.
  private let isComplete: Bool
  private var lines: [(directive: Directive, reason: String)] = []
  private var order: [String] = []
  private var found: [String: (first: Directive, reason: String, count: Int)] = [:]

  init(isComplete: Bool = false) { self.isComplete = isComplete }

  mutating func add(_ directive: Directive, word: String, reason: String) {
    if isComplete { return lines.append((directive, reason)) }
    let key = "\(word) \(reason)"
    if found[key] == nil {
      order.append(key)
      found[key] = (directive, reason, 0)
    }
    found[key]?.count += 1
  }

  var warnings: [SettingFinding] {
    lines.map { $0.finding("\($0.name): no effect: \($1)") }
      + order.compactMap { found[$0] }.map { first, reason, count in
        first.finding(
          "\(first.name): no effect\(count > 1 ? " in \(count) lines" : ""): \(reason)")
      }
  }
}
