internal import MuninWire

extension FetchedGraph {
  /// The values in an order in which the times of each field grow: librrd passes over a value that is older than the one before. Plugins that print the newest
  /// value first are rare, so mostly nothing is moved.
  func ordered() -> FetchedGraph {
    guard !isOrdered else { return self }
    var ordered = self
    // A value without a time has that of the poll, which is the newest. Equal times keep their order: sort(by:) is stable.
    ordered.values.sort {
      ($0.reading.time ?? .max) < ($1.reading.time ?? .max)
    }
    return ordered
  }

  /// Whether the times of each field grow.
  private var isOrdered: Bool {
    guard let first = values.first, first.reading.time != nil else { return true }
    var last: [String: Int] = [:]
    var previous: (field: String, time: Int) = (first.field, .min)
    for value in values {
      let time = value.reading.time ?? .max
      if value.field != previous.field {
        last[previous.field] = previous.time
        previous = (value.field, last[value.field] ?? .min)
      }
      if time < previous.time { return false }
      previous.time = time
    }
    return true
  }
}
