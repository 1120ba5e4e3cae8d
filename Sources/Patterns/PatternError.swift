/// Why a pattern does not compile.
public struct PatternError: Error, Hashable, Sendable, CustomStringConvertible {
  public let pattern: String
  /// The byte at which PCRE2 gave up.
  public let offset: Int
  /// PCRE2's words.
  public let message: String

  public var description: String {
    "pattern '\(pattern.prefix(100))': \(message) at byte \(offset)"
  }
}
