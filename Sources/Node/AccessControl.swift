internal import Patterns
public import Settings

/// Who may talk to the node: munin-node's rules, deny before allow.
public struct AccessControl: Sendable {
  private enum Matcher: Sendable {
    case pattern(Pattern)
    case block(AddressBlock)
  }

  private var denied: [Matcher] = []
  private var allowed: [Matcher] = []

  /// Compiles the rules. A pattern that PCRE2 refuses is reported with the place it was written at.
  public static func compile(_ rules: [AccessRule]) -> (AccessControl, [SettingProblem]) {
    var control = AccessControl()
    var problems: [SettingProblem] = []
    for rule in rules {
      let matcher: Matcher
      switch rule.match {
      case .block(let block): matcher = .block(block)
      case .pattern(let text):
        do throws(PatternError) {
          matcher = .pattern(try Pattern(text, .whole))
        } catch {
          problems.append(rule.problem("\(rule.verdict): \(error)"))
          continue
        }
      }
      switch rule.verdict {
      case .allow: control.allowed.append(matcher)
      case .deny: control.denied.append(matcher)
      }
    }
    return (control, problems)
  }

  /// Whether the peer at this address may talk. Without any rule everybody may; with rules, whom none allows may not.
  public func admits(_ text: String) -> Bool {
    // ::ffff:192.0.2.1 is an IPv4 peer on a socket for both; rules are written for its dotted form.
    let plain =
      text.lowercased().hasPrefix("::ffff:") && text.contains(".")
      ? String(text.dropFirst(7)) : text
    let address = Address(plain)
    func matches(_ matcher: Matcher) -> Bool {
      switch matcher {
      case .pattern(let pattern): pattern.matches(plain)
      case .block(let block): address.map(block.contains) ?? false
      }
    }
    if denied.contains(where: matches) { return false }
    return (allowed.isEmpty && denied.isEmpty) || allowed.contains(where: matches)
  }
}
