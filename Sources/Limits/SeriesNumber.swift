/// The number of a series, the values of one field of one graph of one node, in the ledger and in memory. It outlives
/// restarts, renames and other types of the field.
public struct SeriesNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let raw: UInt32

  public init(_ raw: UInt32) { self.raw = raw }

  public static func < (one: SeriesNumber, two: SeriesNumber) -> Bool { one.raw < two.raw }

  public var description: String { "series \(raw)" }
}
