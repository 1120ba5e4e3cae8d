/// The number of a node in the ledger and in memory.
public struct NodeNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let raw: UInt32

  public init(_ raw: UInt32) { self.raw = raw }

  public static func < (one: NodeNumber, two: NodeNumber) -> Bool { one.raw < two.raw }

  public var description: String { "node \(raw)" }
}
