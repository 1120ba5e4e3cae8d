/// Rows of a file, one every `step` seconds.
public struct RRDRows: Sendable, Hashable {
  /// The time of the first row. A row stands for the step that ends at its time.
  public let start: Int
  public let step: Int
  /// NaN where the value is unknown.
  public let values: [Double]

  /// The time of a row.
  public func time(of row: Int) -> Int { start + row * step }

  /// The rows with times after one and not after another; `nil` without any.
  func between(_ start: Int, _ end: Int) -> RRDRows? {
    let inside = values.indices.filter { time(of: $0) > start && time(of: $0) <= end }
    guard let first = inside.first, let last = inside.last else { return nil }
    return RRDRows(start: time(of: first), step: step, values: Array(values[first...last]))
  }
}
