/// Directives of a file that are understood and have no effect: one warning for each word and reason,
/// whatever the number of its lines.
struct IdleDirectives {
  private var order: [String] = []
  private var found: [String: (first: Directive, reason: String, count: Int)] = [:]

  mutating func add(_ directive: Directive, word: String, reason: String) {
    let key = "\(word) \(reason)"
    if found[key] == nil {
      order.append(key)
      found[key] = (directive, reason, 0)
    }
    found[key]?.count += 1
  }

  var warnings: [SettingFinding] {
    order.compactMap { found[$0] }.map { first, reason, count in
      first.finding(
        "\(first.name): no effect\(count > 1 ? " in \(count) lines" : ""): \(reason)")
    }
  }
}
