internal import CPCRE2

/// A Perl regular expression on bytes.
///
/// munin's patterns are Perl's, and what they look at (addresses, file names, process names) need not
/// be UTF-8. Work is bounded: a pattern that backtracks without end gives up.
public struct Pattern: Sendable, CustomStringConvertible {
  public struct Options: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The pattern has to fit from the first byte.
    public static let anchored = Options(rawValue: 1)
    /// The pattern has to fit from the first byte to the last. (Not even a last line feed is left,
    /// which `^…$` would allow.)
    public static let whole = Options(rawValue: 2)
    /// ASCII letters fit in either case.
    public static let caseless = Options(rawValue: 4)
  }

  public enum Outcome: Sendable, Hashable {
    case matched, notMatched
    /// The search reached a limit; the text says which. Nothing is proved: a decision about access must refuse.
    case gaveUp(String)
  }

  /// Longer subjects are not looked at.
  public static let mostSubjectBytes = 4096
  /// Longer patterns do not compile.
  public static let mostPatternBytes = 4096

  /// As it was written.
  public let text: String
  private let compiled: CompiledPattern

  public init(_ text: String, _ options: Options = []) throws(PatternError) {
    self.text = text
    compiled = try CompiledPattern(text, options)
  }

  public var description: String { text }

  /// Whether the pattern is found; a search that gives up finds nothing.
  public func matches(_ bytes: Span<UInt8>) -> Bool {
    outcome(bytes) == .matched
  }

  public func matches(_ text: String) -> Bool {
    outcome(text) == .matched
  }

  /// As `matches`, and tells a search that gave up from one that found nothing.
  public func outcome(_ bytes: Span<UInt8>) -> Outcome {
    guard bytes.count <= Self.mostSubjectBytes else {
      return .gaveUp("pattern '\(text)': subject of \(bytes.count) bytes is too long")
    }
    switch compiled.run(bytes) {
    case 0...: return .matched
    case PCRE2_ERROR_NOMATCH: return .notMatched
    case let code: return .gaveUp("pattern '\(text)': \(pcreMessage(code))")
    }
  }

  public func outcome(_ text: String) -> Outcome {
    var text = text
    return text.withUTF8 { outcome($0.span) }
  }
}
