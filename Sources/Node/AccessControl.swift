internal import Patterns
public import Settings

/// Who may talk to the node: munin-node's rules, deny before allow.
public struct AccessControl: Sendable {
  private enum Matcher: Sendable {
    case pattern(Pattern)
    case block(AddressBlock)
  }

  private var denied: [(matcher: Matcher, rule: AccessRule)] = []
  private var allowed: [(matcher: Matcher, rule: AccessRule)] = []
  /// Whether the settings have no rule at all. A rule that does not compile counts as one: else it would admit
  /// everybody.
  private var isOpen = true

  /// Compiles the rules. A pattern that PCRE2 refuses is reported with the place it was written at.
  public static func compile(_ rules: [AccessRule]) -> (AccessControl, [SettingFinding]) {
    var control = AccessControl()
    control.isOpen = rules.isEmpty
    var problems: [SettingFinding] = []
    for rule in rules {
      let matcher: Matcher
      switch rule.match {
      case .block(let block): matcher = .block(block)
      case .pattern(let text):
        do throws(PatternError) {
          matcher = .pattern(try Pattern(text, .whole))
        } catch {
          problems.append(rule.finding("\(rule.verdict): \(error)"))
          continue
        }
      }
      switch rule.verdict {
      case .allow: control.allowed.append((matcher, rule))
      case .deny: control.denied.append((matcher, rule))
      }
    }
    return (control, problems)
  }

  /// Whether the peer at this address may talk. Without any rule everybody may; with rules, whom none allows may not.
  /// - Parameter name: the peer's host name, where patterns are to be compared with that too.
  public func admits(_ text: String, name: String? = nil) -> Bool {
    reasonForRefusal(of: text, name: name) == nil
  }

  /// Why the peer at this address may not talk: the line that refuses it, or the lines of which none allows it; `nil`
  /// when it may.
  public func refusal(of text: String, name: String? = nil) -> String? {
    switch reasonForRefusal(of: text, name: name) {
    case nil: return nil
    case .denied(let rule): return "\(rule.text) matches\(rule.location.map { " (\($0))" } ?? "")"
    case .notAllowed:
      guard !allowed.isEmpty else { return "there is no valid allow or cidr_allow line" }
      let most = 3
      let lines = allowed.prefix(most).map { _, rule in
        (rule.location.map { "\($0): " } ?? "") + rule.text
      }
      let rest = allowed.count > most ? ["\(allowed.count - most) more"] : []
      return "no allow or cidr_allow line matches (\((lines + rest).joined(separator: "; ")))"
    }
  }

  private enum Refusal {
    case denied(AccessRule)
    case notAllowed
  }

  private func reasonForRefusal(of text: String, name: String?) -> Refusal? {
    // ::ffff:192.0.2.1 is an IPv4 peer on a socket for both; rules are written for its dotted form.
    let plain =
      text.lowercased().hasPrefix("::ffff:") && text.contains(".")
      ? String(text.dropFirst(7)) : text
    // A zone (fe80::1%eth0) says which way the peer came, and is no part of its address.
    let text = String(plain.prefix { $0 != "%" })
    let address = Address(text)
    // A search that gives up proves nothing: an allow rule then does not admit, a deny rule refuses.
    func matches(_ matcher: Matcher, whenUnsure doubt: Bool) -> Bool {
      switch matcher {
      case .pattern(let pattern):
        [text, name].compactMap(\.self).contains { subject in
          switch pattern.outcome(subject) {
          case .matched: true
          case .notMatched: false
          case .gaveUp: doubt
          }
        }
      case .block(let block): address.map(block.contains) ?? doubt
      }
    }
    if let denied = denied.first(where: { matches($0.matcher, whenUnsure: true) }) {
      return .denied(denied.rule)
    }
    if isOpen || allowed.contains(where: { matches($0.matcher, whenUnsure: false) }) { return nil }
    return .notAllowed
  }
}
