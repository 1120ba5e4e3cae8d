internal import CRRD
internal import EventLoop
internal import Glibc

/// The writing side of the round-robin files.
///
/// librrd keeps its error per thread, so a call and the look at its error are one synchronous
/// stretch. One thread writes: two are slower. Drawing has an actor of its own.
public actor RRDWriter {
  private let executor = ThreadExecutor(label: "rrd-write")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// What each file was found, or made, to be. A file is looked at once, not in each cycle.
  private var known = KnownFiles()
  private let arguments = ValueArguments()
  let undo: UndoLog?

  public init() { undo = nil }

  /// A writer whose files stay right when the process is killed, or the machine loses its power, while it writes.
  /// - Parameter undoPath: two files of this name, with `.0` and `.1` behind it, keep what is needed for that.
  public init(undoPath: String) { undo = UndoLog(undoPath) }

  /// Puts the files back that were written and not synced when the last process ended. Call it before anything is written; then sync,
  /// and give all values again that were not synced.
  /// - Parameters:
  ///   - generation: that of the last sync of which the ledger knows.
  ///   - newest: the newest time of a value that is to be given again: a file with newer ones is left alone.
  /// - Returns: how many files were put back.
  public func restore(generation: Int, newest: Int) throws(RRDError) -> Int {
    known.removeAll()
    return try undo?.restore(generation: generation, newest: newest) ?? 0
  }

  /// From here on the headers of files are kept before they are written: all files are on the disk.
  public func begin(generation: Int) throws(RRDError) { try undo?.begin(generation) }

  /// Writes values, creating, tuning and renaming files as needed. Updates of one file that follow
  /// each other are written in one go; values not newer than their file are passed over.
  ///
  /// - Parameter now: the present, in seconds since 1970. Values passed over because their file's newest one lies in the future are
  ///   lost, which is a failure; all others passed over are in the file already.
  /// - Returns: what is worth telling, if anything; all updates not named are in their files.
  public func apply(_ updates: [RRDUpdate], now: Int) -> [RRDFailure] {
    var failures: [RRDFailure] = []
    for part in updates.partsByRename where !failures.hold(updates, part) {
      apply(updates, part, now, &failures)
    }
    return failures
  }

  private func apply(
    _ updates: [RRDUpdate], _ files: [Range<Int>], _ now: Int, _ failures: inout [RRDFailure]
  ) {
    let ranges = prepare(updates, files, isEach: false, &failures)
    do throws(RRDError) {
      try undo?.keep(ranges.lazy.map { updates[$0.lowerBound].path })
    } catch {
      failures += ranges.map {
        RRDFailure(path: updates[$0.lowerBound].path, error: error, fate: .later, updates: $0)
      }
      return
    }
    for range in ranges
    where updates[range.lowerBound].number == 0 || !writeAtOnce(updates, range, now, &failures) {
      write(updates, range, now, &failures)
    }
  }

  /// Makes files what they should be, and writes no value: another program does that, so that nothing is kept for a kill. (A
  /// file that was removed then would be one of which the other program knows more than it has.)
  /// - Returns: the updates of each file that can be written, and what is worth telling.
  func prepare(
    _ updates: [RRDUpdate], _ files: [Range<Int>]
  ) -> (ranges: [Range<Int>], failures: [RRDFailure]) {
    var failures: [RRDFailure] = []
    return (prepare(updates, files, isEach: true, &failures), failures)
  }

  /// - Parameter isEach: whether files without a number are looked at too; else that is left to the writing.
  private func prepare(
    _ updates: [RRDUpdate], _ files: [Range<Int>], isEach: Bool, _ failures: inout [RRDFailure]
  ) -> [Range<Int>] {
    if let undo, undo.isOn, !isEach { noteNew(updates, files, undo) }
    return files.filter { range in
      let update = updates[range.upperBound - 1]
      if update.number == 0 {
        if !isEach { return true }
      } else if known.holds(update.number, update.spec) {
        return true
      }
      return prepare(updates, range, &failures)
    }
  }

  /// Notes the files that will be made, so that a loss of power leaves none of which nobody knows that it is new.
  private func noteNew(_ updates: [RRDUpdate], _ files: [Range<Int>], _ undo: UndoLog) {
    var new: [String] = []
    for range in files {
      let update = updates[range.lowerBound]
      guard update.number == 0 || known[update.number] == nil, access(update.path, F_OK) != 0,
        predecessor(of: update) == nil
      else { continue }
      undo.noteMade(update.path)
      new.append(update.path)
    }
    // What cannot be kept now is told when the file is written.
    try? undo.keep(new)
  }

  /// Creates the file, and its directories; does nothing when there is one.
  public func create(_ path: String, _ spec: RRDSpec, start: Int) throws(RRDError) {
    try RRDCreation(path: path, spec: spec).run(start: start)
    undo?.noteMade(path)
  }

  /// Writes values, given in the order of their times, to a file that exists.
  public func update(_ path: String, _ values: [(time: Int, text: String)]) throws(RRDError) {
    arguments.removeAll()
    for value in values {
      guard arguments.append(time: value.time, text: value.text) else {
        throw RRDError(.refused, "cannot update \(path): '\(value.text)' is not a value")
      }
    }
    guard !values.isEmpty else { return }
    try update(path)
  }

  /// Waits until everything written below the file system of `directory` is on the disk.
  public func sync(_ directory: String) throws(RRDError) {
    let problem = crrd_sync(directory)
    guard problem == 0 else { throw RRDError("cannot sync \(directory)", problem: problem) }
  }

  /// The same, and begins the next generation of what a kill may need.
  public func sync(_ directory: String, generation: Int) throws(RRDError) {
    try sync(directory)
    try begin(generation: generation)
  }

  /// Forgets what is known of the file of a series, which is another one from now on.
  public func forget(_ number: UInt32) { known[number] = nil }

  /// Forgets what is known of all files, after something else has changed some of them.
  func forgetAll() { known.removeAll() }

  // MARK: - One file

  /// The common case: a known file, whose values librrd takes together.
  private func writeAtOnce(
    _ updates: [RRDUpdate], _ range: Range<Int>, _ now: Int, _ failures: inout [RRDFailure]
  ) -> Bool {
    let first = range.lowerBound
    let file = updates[first].file
    guard known.holds(file.number, updates[range.upperBound - 1].spec) else { return false }
    arguments.removeAll()
    for index in range where !updates[index].text.isEmpty {
      guard arguments.append(time: updates[index].time, text: updates[index].text) else {
        return false
      }
    }
    guard arguments.isEmpty || arguments.update(file.path) else {
      rrd_clear_error()
      return false
    }
    known.written(file.number, updates, range, now: now, &failures)
    return true
  }

  /// Makes one file what it should be.
  /// - Returns: false when that cannot be done, which is told.
  private func prepare(
    _ updates: [RRDUpdate], _ range: Range<Int>, _ failures: inout [RRDFailure]
  ) -> Bool {
    let path = updates[range.lowerBound].path
    do throws(RRDError) {
      for news in try prepare(updates[range.lowerBound], updates[range.upperBound - 1].spec) {
        failures.append(RRDFailure(path: path, error: news, fate: .written, updates: range))
      }
      return true
    } catch {
      let fate: RRDFailure.Fate = error.kind == .refused ? .refused : .later
      failures.append(RRDFailure(path: path, error: error, fate: fate, updates: range))
      return false
    }
  }

  /// The rare case: looks at the file once more, and gives each value by itself when librrd does not
  /// take them together. A value given twice does no harm: the second is not newer.
  private func write(
    _ updates: [RRDUpdate], _ range: Range<Int>, _ now: Int, _ failures: inout [RRDFailure]
  ) {
    let path = updates[range.lowerBound].path
    guard prepare(updates, range, &failures) else { return }
    do throws(RRDError) {
      // The file may have been made anew.
      try undo?.keep(CollectionOfOne(path))
    } catch {
      failures.append(RRDFailure(path: path, error: error, fate: .later, updates: range))
      return
    }
    if writeAtOnce(updates, range, now, &failures) { return }
    for index in range where !updates[index].text.isEmpty {
      do throws(RRDError) {
        try update(path, [(updates[index].time, updates[index].text)])
        known.written(updates[index].number, updates, index..<(index + 1), now: now, &failures)
      } catch {
        // The file was sound a moment ago: what librrd has no other name for is the value's fault.
        let isRefused = [.refused, .other].contains(error.kind)
        failures.append(
          RRDFailure(
            path: path, error: error, fate: isRefused ? .refused : .later,
            updates: index..<(isRefused ? index + 1 : range.upperBound)))
        if isRefused { continue }
        known[updates[index].number] = nil
        return
      }
    }
  }

  /// Updates the file with what `arguments` holds. Another program that reads the file holds its lock
  /// for a moment, and librrd does not wait: a tenth of a second of retries is enough for that.
  private func update(_ path: String) throws(RRDError) {
    for attempt in 0... {
      rrd_clear_error()
      if arguments.update(path) { return }
      let error = RRDError("cannot update \(path)", path: path)
      guard error.kind == .locked, attempt < 20 else { throw error }
      usleep(5000)
    }
  }

  /// Makes the file what it should be. Returns what the operator should know.
  private func prepare(_ first: RRDUpdate, _ spec: RRDSpec) throws(RRDError) -> [RRDError] {
    let path = first.path
    var news: [RRDError] = []
    known[first.number] = nil
    var header: RRDHeader?
    do throws(RRDError) {
      header = try RRDFile(path).header()
      if let former = first.formerPath, former != path, access(former, F_OK) == 0 {
        news.append(RRDError(.other, "cannot rename \(former): \(path) exists, both are kept"))
      }
    } catch {
      switch error.kind {
      case .missing:
        if try takeOver(first) { header = try RRDFile(path).header() }
      case .damaged:
        let aside = try setAside(path, at: first.time)
        news.append(RRDError(.damaged, "\(error), set aside as \(aside)"))
      default: throw error
      }
    }
    if let header {
      try tune(path, header.tuning(to: spec))
    } else {
      try create(path, spec, start: first.time - spec.step)
    }
    known[first.number] = KnownFile(
      spec: spec, lastUpdate: header?.lastUpdate ?? first.time - spec.step)
    return news
  }
}
