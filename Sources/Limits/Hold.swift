internal import MuninWire

/// How many of the last runs have to be bad before a level counts: a run is a poll that brought a known value.
public struct Hold: Sendable, Hashable, CustomStringConvertible {
  /// How many bad runs it takes.
  public let bad: Int
  /// Of how many runs, the newest included; at most ``most``.
  public let of: Int

  /// The most runs that can be looked at.
  public static let most = 16
  /// The first bad run counts.
  public static let atOnce = Hold(1, of: 1)
  /// A single bad run among three does not count.
  public static let twoOfThree = Hold(2, of: 3)

  /// Numbers out of range are moved to the nearest that are possible.
  public init(_ bad: Int, of: Int) {
    self.of = min(max(of, 1), Hold.most)
    self.bad = min(max(bad, 1), self.of)
  }

  /// Reads `2 of 3` or `2/3`; `nil` for anything else.
  public init?(_ text: String) {
    guard let hold = parseHold(text) else { return nil }
    self.init(hold.bad, of: hold.of)
  }

  public var description: String { "\(bad) of \(of)" }
}
