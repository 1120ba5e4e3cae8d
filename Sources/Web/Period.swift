internal import RRD

/// The times that pictures show, the shortest first.
enum Period: String, CaseIterable, Sendable {
  case hour, day, week, month, year

  var graphPeriod: GraphPeriod {
    switch self {
    case .hour: .hour
    case .day: .day
    case .week: .week
    case .month: .month
    case .year: .year
    }
  }
}
