/// Where a word of a field's rules comes from.
public struct RuleSource: Sendable, Hashable {
  public let text: String
  /// `munin.conf:12`; `nil` when the plugin says so.
  public let place: String?

  public init(_ text: String, at place: String? = nil) {
    self.text = text
    self.place = place
  }
}

/// Something in a field's rules that cannot be used, or not as it was meant.
public struct RuleFinding: Sendable, Hashable, CustomStringConvertible {
  /// `munin.conf:12`; `nil` when the plugin says so.
  public let place: String?
  public let field: String
  /// The directive or attribute.
  public let word: String
  public let message: String

  init(_ word: String, of field: String, at place: String?, _ message: String) {
    self.place = place
    self.field = field
    self.word = word
    self.message = message
  }

  public var description: String {
    (place.map { "\($0): " } ?? "") + "\(field): \(word): \(message)"
  }
}
