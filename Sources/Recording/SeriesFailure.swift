public import Limits
public import RRD

/// Values of a series that could not be written to its file, or something to know about the file.
public struct SeriesFailure: Sendable, Hashable, CustomStringConvertible {
  public let node: NodeNumber
  public let series: SeriesNumber
  /// What became of the values.
  public let fate: RRDFailure.Fate
  /// How many values are concerned.
  public let count: Int
  /// What failed, on which file, and why.
  public let description: String
  /// Whether the file was damaged, and is set aside.
  public let isSetAside: Bool

  public init(
    node: NodeNumber, series: SeriesNumber, fate: RRDFailure.Fate, count: Int, description: String,
    isSetAside: Bool = false
  ) {
    self.isSetAside = isSetAside
    self.node = node
    self.series = series
    self.fate = fate
    self.count = count
    self.description = description
  }
}
