public import MuninWire

/// A field's step from one level to another.
public struct Change: Sendable, Hashable {
  /// The level that ended.
  public let from: Level
  /// The level that began.
  public let to: Level
  /// When the old level began, in seconds since 1970.
  public let since: Int
  /// When the new level began.
  public let at: Int
  /// The value that made the change; `nil` when a lack of values did.
  public let value: Double?
  /// The range the value broke.
  public let broken: Bounds?

  /// A change from its parts.
  public init(
    from: Level, to: Level, since: Int, at: Int, value: Double?, broken: Bounds? = nil
  ) {
    self.from = from
    self.to = to
    self.since = since
    self.at = at
    self.value = value
    self.broken = broken
  }

  /// How long the old level lasted, in seconds.
  public var lasted: Int { max(0, at - since) }
}
