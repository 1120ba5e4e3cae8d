extension RRDCachedWriter {
  /// The values of a round, and how far each file has come.
  struct Round {
    private struct File {
      let range: Range<Int>
      /// The first update that was not given yet.
      var next: Int
      /// The updates of the line under way.
      var line: Range<Int>?
      var needsFile = false
      var isDone = false
      /// The refusal of the line under way.
      var refusal: RRDCachedAnswer.Refusal?
      var problem: String?
      /// The time of the newest value that the file had before.
      var lastUpdate: Int?
      var hasFailed = false
    }

    let updates: [RRDUpdate]
    let now: Int
    private var files: [File]
    private(set) var failures: [RRDFailure] = []
    /// The numbers of files that are not what they were found to be.
    private(set) var changedFiles: [UInt32] = []

    init(_ updates: [RRDUpdate], _ ranges: [Range<Int>], now: Int) {
      self.updates = updates
      self.now = now
      files = ranges.map { File(range: $0, next: $0.lowerBound) }
      for index in files.indices {
        // Values that can be read as something else.
        for place in files[index].range
        where !updates[place].text.isEmpty && !ValueArguments.isPlain(updates[place].text) {
          refuse(
            index, at: place,
            "cannot update \(path(index)): '\(updates[place].text)' is not a value")
        }
        if next(index) == nil { files[index].isDone = true }
      }
    }

    var isDone: Bool { files.allSatisfy(\.isDone) }
    /// The files that have values left.
    var open: [Int] { files.indices.filter { !files[$0].isDone } }
    /// The files of which everything was taken.
    var finished: [Int] { files.indices.filter { files[$0].isDone && !files[$0].hasFailed } }

    func path(_ index: Int) -> String { updates[files[index].range.lowerBound].path }
    func range(_ index: Int) -> Range<Int> { files[index].range }
    func spec(_ index: Int) -> RRDSpec { updates[files[index].range.upperBound - 1].spec }
    func needsFile(_ index: Int) -> Bool { files[index].needsFile }

    /// When a new file begins.
    func start(_ index: Int) -> Int {
      updates[files[index].range.lowerBound].time - spec(index).step
    }

    /// The updates that follow each other and have a value.
    func next(_ index: Int) -> Range<Int>? {
      let rest = files[index].next..<files[index].range.upperBound
      guard let start = rest.first(where: { isGivable($0) }) else { return nil }
      let end = (start..<rest.upperBound).first { !isGivable($0) } ?? rest.upperBound
      return start..<end
    }

    private func isGivable(_ place: Int) -> Bool {
      !updates[place].text.isEmpty && ValueArguments.isPlain(updates[place].text)
    }

    /// The time of the newest value that was given.
    func newest(_ index: Int) -> Int? {
      files[index].range.last { isGivable($0) }.map { updates[$0].time }
    }

    mutating func given(_ index: Int, _ values: Range<Int>) {
      files[index].line = values
      files[index].next = values.upperBound
      files[index].refusal = nil
      files[index].problem = nil
    }

    /// Whether all values were given.
    func isGiven(_ index: Int) -> Bool { next(index) == nil }

    mutating func refused(
      _ index: Int, _ kind: RRDCachedBatch.Command.Kind, _ refusal: RRDCachedAnswer.Refusal,
      at address: String, isLocal: Bool
    ) {
      let words = "cannot update \(path(index)): rrdcached at \(address): \(refusal.words)"
      switch kind {
      case .forget: break
      case .create where refusal.words.contains("File exists"): break
      case .update:
        files[index].refusal = refusal
        if files[index].problem == nil { files[index].problem = words }
        // Another machine's file may have to be made; here that was done, and it was removed since.
        if isLocal || files[index].needsFile || !refusal.isMissing { break }
        files[index].needsFile = true
        files[index].next = files[index].line?.lowerBound ?? files[index].next
        files[index].line = nil
      case .create, .flush: if files[index].problem == nil { files[index].problem = words }
      }
    }

    /// Decides how a file goes on, when the answer to its line is there.
    mutating func settle(_ index: Int) {
      guard let line = files[index].line else { return }
      files[index].line = nil
      if let last = files[index].refusal?.lastUpdate, last >= updates[line.lowerBound].time {
        files[index].lastUpdate = max(last, files[index].lastUpdate ?? last)
        // What is not newer is in the file already, or was lost: see below.
        files[index].next = line.first { updates[$0].time > last } ?? line.upperBound
        if files[index].next < line.upperBound { return }
      } else if let problem = files[index].problem {
        changedFiles.append(updates[files[index].range.lowerBound].number)
        fail(index, RRDError(.other, problem))
        return
      }
      guard isGiven(index) else { return }
      files[index].isDone = true
      guard let last = files[index].lastUpdate, last > now else { return }
      let lost = files[index].range.prefix { updates[$0].time < last }
      guard let first = lost.first, let end = lost.last else { return }
      files[index].hasFailed = true
      failures.append(
        RRDFailure(
          path: path(index),
          error: RRDError(
            .other, "cannot update \(path(index)): its newest value lies in the future"),
          fate: .closed(until: last), updates: first..<(end + 1)))
    }

    /// Ends all files that are not done.
    mutating func fail(_ error: RRDError) { for index in open { fail(index, error) } }

    mutating func fail(_ index: Int, _ error: RRDError) {
      files[index].isDone = true
      files[index].hasFailed = true
      failures.append(
        RRDFailure(path: path(index), error: error, fate: .later, updates: files[index].range))
    }

    mutating func refuse(_ index: Int, _ words: String) {
      files[index].isDone = true
      files[index].hasFailed = true
      failures.append(
        RRDFailure(
          path: path(index), error: RRDError(.refused, "cannot update \(path(index)): \(words)"),
          fate: .refused, updates: files[index].range))
    }

    mutating func refuse(_ index: Int, at place: Int, _ words: String) {
      failures.append(
        RRDFailure(
          path: path(index), error: RRDError(.refused, words), fate: .refused,
          updates: place..<(place + 1)))
    }
  }
}
