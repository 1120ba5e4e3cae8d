internal import Glibc
internal import MuninWire
internal import Patterns

/// What the value of an ``EnvSetting`` has to look like. An empty value always fits: it counts as not given.
public enum SettingKind: Sendable {
  /// munin's range of good values: `max`, `min:max`, `min:` or `:max`.
  case range
  /// A range in which each number may be followed by `%`.
  case rangeOrShare
  case number(ClosedRange<Double>)
  case whole(ClosedRange<Int>)
  /// One of yes, true, on, 1 and no, false, off, 0, in any case.
  case flag
  /// One of these words.
  case choice([String])
  /// Words with blanks or commas between them; one of `words`, unless that is empty.
  case list(of: [String] = [])
  /// One Perl regular expression.
  case pattern
  /// Perl regular expressions with blanks between them.
  case patterns
  /// A path that begins with `/`.
  case path
  /// The name or address of a machine.
  case address
  /// A password or the like, of at least so many bytes. It is never printed.
  case secret(atLeast: Int = 1)
  case text
  /// A form of the plugin's own: what is expected, in words, and whether a value is that.
  case form(String, @Sendable (String) -> Bool)

  /// What is expected, in words: `a number from 0 to 10`.
  public var expectation: String {
    switch self {
    case .range: "a range, min:max"
    case .rangeOrShare: "a range, min:max, of numbers or n%"
    case .number(let bounds):
      bounds.upperBound.isFinite
        ? "a number from \(short(bounds.lowerBound)) to \(short(bounds.upperBound))"
        : "a number of at least \(short(bounds.lowerBound))"
    case .whole(let bounds):
      bounds.upperBound < .max
        ? "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        : "a whole number of at least \(bounds.lowerBound)"
    case .flag: "yes or no"
    case .choice(let words): alternatives(words)
    case .list(let words): words.isEmpty ? "words" : "words, each \(alternatives(words))"
    case .pattern: "a Perl regular expression"
    case .patterns: "Perl regular expressions"
    case .path: "a path that begins with /"
    case .address: "a host name or an address"
    case .secret(let least): least > 1 ? "at least \(least) characters" : "a password"
    case .text: "text"
    case .form(let expectation, _): expectation
    }
  }

  /// Whether a value is well formed.
  public func accepts(_ value: String) -> Bool {
    if value.isEmpty { return true }
    switch self {
    case .range: return Bounds(value) != nil
    case .rangeOrShare: return Bounds(SettingKind.withoutShares(value)) != nil
    case .number(let bounds): return parseNumber(value.utf8.span).map(bounds.contains) ?? false
    case .whole(let bounds): return Int(value).map(bounds.contains) ?? false
    case .flag:
      return ["yes", "no", "true", "false", "on", "off", "1", "0"].contains(value.lowercased())
    case .choice(let words): return words.contains(value)
    case .list(let words):
      return words.isEmpty || SettingKind.words(value).allSatisfy(words.contains)
    case .pattern: return SettingKind.compiles(value)
    case .patterns:
      return value.split(whereSeparator: \.isWhitespace).allSatisfy {
        SettingKind.compiles(String($0))
      }
    case .path: return value.hasPrefix("/") && value.utf8.count < Int(PATH_MAX)
    case .address:
      return value.utf8.count <= 255
        && value.utf8.allSatisfy { $0.isWord || [0x2D, 0x2E, 0x3A, 0x25, 0x5B, 0x5D].contains($0) }
    case .secret(let least): return value.utf8.count >= least
    case .text: return true
    case .form(_, let accepts): return accepts(value)
    }
  }

  /// Whether the value must not be shown.
  var isSecret: Bool { if case .secret = self { true } else { false } }

  /// A range with its `%` left out, which stand behind numbers only.
  static func withoutShares(_ range: String) -> String {
    range.split(separator: ":", omittingEmptySubsequences: false).map {
      $0.count > 1 && $0.hasSuffix("%") ? $0.dropLast() : $0
    }.joined(separator: ":")
  }

  private static func words(_ text: String) -> [String] {
    text.split { $0 == "," || $0.isWhitespace }.map(String.init)
  }

  private static func compiles(_ pattern: String) -> Bool {
    do throws(PatternError) {
      _ = try Pattern(pattern)
      return true
    } catch {
      return false
    }
  }

  private func alternatives(_ words: [String]) -> String {
    words.count < 2
      ? words.joined() : words.dropLast().joined(separator: ", ") + " or \(words.last!)"
  }

  private func short(_ number: Double) -> String {
    var bytes: [UInt8] = []
    appendShort(number, to: &bytes)
    return String(copying: bytes.span)
  }
}
