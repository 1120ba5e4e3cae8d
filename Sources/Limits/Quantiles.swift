/// The values of a history by their size: how much of the time a value lies below a limit.
public struct Quantiles: Sendable {
  private let sorted: [Double]

  /// Unknown and infinite values do not count.
  public init(_ values: some Sequence<Double?>) {
    sorted = values.compactMap { $0 }.filter(\.isFinite).sorted()
  }

  public init(_ values: some Sequence<Double>) {
    sorted = values.filter(\.isFinite).sorted()
  }

  public var count: Int { sorted.count }
  public var smallest: Double? { sorted.first }
  public var largest: Double? { sorted.last }

  /// The value that a share of all values, 0 to 1, do not exceed; between two values on the line through them. `nil` when there are
  /// none.
  public subscript(share: Double) -> Double? {
    guard let last = sorted.indices.last else { return nil }
    let place = min(max(share.isNaN ? 0 : share, 0), 1) * Double(last)
    let below = Int(place)
    guard below < last else { return sorted[last] }
    let part = place - Double(below)
    return sorted[below] + (sorted[below + 1] - sorted[below]) * part
  }
}
