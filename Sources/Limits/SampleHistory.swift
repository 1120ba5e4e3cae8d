/// Former values of a series, at most 32, none closer to the one before than a given time.
struct SampleHistory: Sendable {
  static let most = 32

  private var times = InlineArray<32, UInt32>(repeating: 0)
  private var values = InlineArray<32, Double>(repeating: 0)
  /// Where the oldest stands.
  private var start = 0
  private(set) var count = 0

  /// The value of a place, from the oldest on.
  subscript(place: Int) -> (time: UInt32, value: Double) {
    let index = (start + place) % SampleHistory.most
    return (times[index], values[index])
  }

  var newestTime: UInt32? { count == 0 ? nil : self[count - 1].time }

  /// Adds a value, unless the newest is closer than `spacing` seconds.
  mutating func add(_ value: Double, at time: UInt32, spacing: Int) {
    if let newest = newestTime {
      guard time > newest else {
        // The clock was set back.
        if time < newest { self = SampleHistory() }
        return
      }
      guard Int(time - newest) >= spacing else { return }
    }
    let index = (start + count) % SampleHistory.most
    times[index] = time
    values[index] = value
    if count < SampleHistory.most { count += 1 } else { start = (start + 1) % SampleHistory.most }
  }
}

/// The former values that rate and trend of one series need.
struct SeriesHistory: Sendable {
  var rate = SampleHistory()
  var trend = SampleHistory()
}
