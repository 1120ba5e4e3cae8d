/// The number of a node in the ledger and in memory.
public struct NodeNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let raw: UInt32

  public init(_ raw: UInt32) { self.raw = raw }

  /// The number in a table, where any number may stand.
  public init(stored number: Int?) { raw = UInt32(clamping: number ?? 0) }

  public static func < (one: NodeNumber, two: NodeNumber) -> Bool { one.raw < two.raw }

  public var description: String { "node \(raw)" }
}
