internal import Limits
internal import RRD

/// The values of some polls of one node, gathered by file: all values of a file follow each other, in the order of their
/// times, so that librrd opens each file once.
struct FileRound {
  private(set) var updates: [RRDUpdate] = []
  /// The series of each update.
  private var owners: [SeriesNumber] = []
  /// All series, each once.
  private(set) var series: [SeriesNumber] = []
  /// Values of series that have no file.
  private var unplaced: [SeriesNumber: Int] = [:]

  /// One value of a row.
  private struct Entry {
    /// The place of its series among those of the round.
    let place: Int
    let row: Int
    let time: Int
    let text: Range<Int>
  }

  /// - Parameters:
  ///   - start: what the names of the node's files begin with.
  ///   - forms: what files are, by the numbers of their series.
  init(_ rows: [JournalRow], start: String, forms: [FileForm?]) {
    var order: [SeriesNumber] = []
    var counts: [Int] = []
    var entries: [Entry] = []
    entries.reserveCapacity(rows.reduce(0) { $0 + $1.count })
    var places: [SeriesNumber: Int] = [:]
    for (number, row) in rows.enumerated() {
      var reader = JournalReader(row.bytes)
      // The polls of a node mostly have the same series in the same order: then nothing is searched.
      var guess = 0
      while let value = reader.next(in: row.bytes) {
        let place: Int
        if guess < order.count, order[guess] == value.series {
          place = guess
        } else if let known = places[value.series] {
          place = known
        } else {
          place = order.count
          places[value.series] = place
          order.append(value.series)
          counts.append(0)
        }
        counts[place] += 1
        guess = place + 1
        entries.append(Entry(place: place, row: number, time: value.time, text: value.text))
      }
    }
    // Sorted by file by counting; among the values of a file the order stays.
    var ends: [Int] = []
    ends.reserveCapacity(counts.count)
    var sum = 0
    for count in counts {
      ends.append(sum)
      sum += count
    }
    var sorted = [Int](repeating: 0, count: entries.count)
    for index in entries.indices {
      let place = entries[index].place
      sorted[ends[place]] = index
      ends[place] += 1
    }
    self.series = order
    updates.reserveCapacity(entries.count)
    owners.reserveCapacity(entries.count)
    var next = 0
    for (place, series) in order.enumerated() {
      let group = sorted[next..<ends[place]]
      next = ends[place]
      guard Int(series.raw) < forms.count, let form = forms[Int(series.raw)] else {
        unplaced[series] = group.count
        continue
      }
      let file = RRDTarget(
        number: series.raw, path: start + form.ending, spec: form.spec,
        formerPath: form.formerEnding.map { start + $0 })
      for index in group {
        let entry = entries[index]
        updates.append(
          RRDUpdate(
            file, time: entry.time,
            text: String(decoding: rows[entry.row].bytes[entry.text], as: UTF8.self)))
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
        description: failure.description,
        isSetAside: failure.fate == .written && failure.error.kind == .damaged)
    }
      + unplaced.sorted { $0.key < $1.key }.map {
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
