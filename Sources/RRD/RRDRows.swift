/// Rows of a file, one every `step` seconds.
public struct RRDRows: Sendable, Hashable {
  /// The time of the first row. A row stands for the step that ends at its time.
  public let start: Int
  public let step: Int
  /// NaN where the value is unknown.
  public let values: [Double]

  /// The time of a row.
  public func time(of row: Int) -> Int { start + row * step }
}
