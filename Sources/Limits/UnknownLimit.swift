/// How many unknown values in a row are tolerated, munin's `unknown_limit`: with 3, the fourth makes the field unknown. 0 tolerates none.
public struct UnknownLimit: Sendable, Hashable, ExpressibleByIntegerLiteral,
  CustomStringConvertible
{
  /// How many are tolerated; never negative.
  public let count: Int

  /// munin's default.
  public static let standard: UnknownLimit = 3

  public init(_ count: Int) { self.count = max(0, count) }

  public init(integerLiteral count: Int) { self.init(count) }

  /// Reads the attribute; `nil` for what is not a whole number, or negative.
  public init?(_ text: String) {
    guard let count = Int(text), count >= 0 else { return nil }
    self.count = count
  }

  public var description: String { "\(count)" }
}
