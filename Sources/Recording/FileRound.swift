internal import Limits
internal import RRD

/// The values of some polls of one node, gathered by file: all values of a file follow each other, in the order of their
/// times, so that librrd opens each file once.
struct FileRound {
  private(set) var updates: [RRDUpdate] = []
  /// The series of each update.
  private var owners: [SeriesNumber] = []
  /// Values of series that have no file.
  private var homeless: [SeriesNumber: Int] = [:]

  init(_ rows: [JournalRow], targets: [SeriesNumber: FileTarget]) {
    var places: [SeriesNumber: Int] = [:]
    var order: [SeriesNumber] = []
    var values: [[(time: Int, text: String)]] = []
    for row in rows {
      for value in row.values {
        let place: Int
        if let known = places[value.series] {
          place = known
        } else {
          place = values.count
          places[value.series] = place
          order.append(value.series)
          values.append([])
          values[place].reserveCapacity(rows.count)
        }
        values[place].append((value.time, value.text))
      }
    }
    updates.reserveCapacity(values.reduce(0) { $0 + $1.count })
    for (series, values) in zip(order, values) {
      guard let target = targets[series] else {
        homeless[series] = values.count
        continue
      }
      for value in values {
        updates.append(
          RRDUpdate(
            path: target.path, time: value.time, text: value.text, spec: target.spec,
            formerPath: target.formerPath))
        owners.append(series)
      }
    }
  }

  /// What the writer's failures mean for the series.
  func failures(_ failed: [RRDFailure], of node: NodeNumber) -> [SeriesFailure] {
    failed.compactMap { failure in
      guard let first = failure.updates.first, first < owners.count else { return nil }
      return SeriesFailure(
        node: node, series: owners[first], fate: failure.fate, count: failure.updates.count,
        description: failure.description)
    }
      + homeless.sorted { $0.key < $1.key }.map {
        SeriesFailure(
          node: node, series: $0.key, fate: .refused, count: $0.value,
          description: "\($0.key): no file is known for its values")
      }
  }

  /// The oldest polls of a node whose files cannot be written are given up.
  func givenUp(
    _ rows: ArraySlice<JournalRow>, of node: NodeNumber, because failures: [SeriesFailure]
  ) -> [SeriesFailure] {
    failures.filter { $0.fate == .later }.map {
      SeriesFailure(
        node: node, series: $0.series, fate: .refused, count: rows.count,
        description: "\($0.description); the oldest values are given up")
    }
  }
}
