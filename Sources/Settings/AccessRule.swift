/// One line that says who may ask the node.
///
/// As in munin-node the order of the lines does not count: `deny`, `cidr_deny`, `allow`, `cidr_allow`; the
/// first rule that matches decides. Without any rule every peer may ask, with rules only those allowed.
public struct AccessRule: Sendable, Hashable {
  public enum Verdict: String, Sendable, Hashable { case allow, deny }

  public enum Match: Sendable, Hashable {
    /// A regular expression that has to match the whole text of the peer's address.
    case pattern(String)
    case block(AddressBlock)
  }

  public let verdict: Verdict
  public let match: Match
  public let file: String
  /// Counted from 1; 0 for a rule that stands in no file.
  public let line: Int

  public init(_ verdict: Verdict, _ match: Match, file: String = "", line: Int = 0) {
    self.verdict = verdict
    self.match = match
    self.file = file
    self.line = line
  }

  /// The rule as a line of munin-node.conf, cut where it is long.
  public var text: String {
    let text =
      switch match {
      case .pattern(let pattern): "\(verdict.rawValue) \(pattern)"
      case .block(let block): "cidr_\(verdict.rawValue) \(block)"
      }
    return text.unicodeScalars.count > 80 ? text.prefix(scalars: 80) + "…" : text
  }

  /// `munin-node.conf:12`; `nil` for a rule that stands in no file.
  public var location: String? { line > 0 ? "\(file):\(line)" : nil }

  /// The problem to report when the pattern does not compile.
  public func finding(_ message: String) -> SettingFinding {
    SettingFinding(file: file, line: line, message: message)
  }

  /// Only this machine may ask: the rules of a node without settings.
  public static let loopbackOnly = ["127.0.0.0/8", "::1/128"].map {
    AccessRule(.allow, .block(AddressBlock($0)!))
  }
}
