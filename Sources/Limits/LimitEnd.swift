public import MuninWire

/// One end of a ``LimitRange``, in the unit shown.
public enum LimitEnd: Sendable, Hashable {
  case number(Double)
  /// So many percent of a value that is known at the poll only, as of another field of the graph.
  case share(Double, of: Calculation)

  /// The number at a poll; `nil` when the value is unknown that it is a share of.
  /// - Parameter field: the values of the fields, by the numbers of ``SeriesRules/unit``.
  func number(_ field: (Int) -> Double?) -> Double? {
    switch self {
    case .number(let number): number
    case .share(let percent, let calculation): calculation.value(field).map { $0 * percent / 100 }
    }
  }

  /// The number, when it is the same at every poll.
  var constant: Double? { if case .number(let number) = self { number } else { nil } }
}
