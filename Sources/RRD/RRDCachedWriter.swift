internal import EventLoop
internal import Glibc

/// Gives values to an rrdcached instead of writing them into files.
///
/// A round is one BATCH: an UPDATE for each file with all of its values, and a FLUSH, so that the values are in the files when the
/// answer comes. rrdcached says of neither whether librrd took the values, so that the header of each file is looked at afterwards.
/// What an earlier run has given already is refused with the time of the file's newest value, and the rest is given again.
///
/// The files of an rrdcached on this machine are made, tuned and renamed by an ``RRDWriter``; on another one it is asked to make them.
public actor RRDCachedWriter: RRDSink {
  private let executor = ThreadExecutor(label: "rrdcached")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  private let address: RRDCachedAddress
  private let files: RRDWriter
  private let directory: String
  private var link: RRDCachedLink?
  /// A connection that failed is tried again after this, in seconds since 1970.
  private var pause: (end: Int, error: RRDError)?

  /// Bytes of one batch.
  private static let largestBatch = 512 << 10
  private static let pauseLength = 5

  /// - Parameter directory: the folder of all files: its name is left out in front of those of another machine.
  public init(_ address: RRDCachedAddress, files: RRDWriter, directory: String) {
    self.address = address
    self.files = files
    self.directory = directory
  }

  /// Why an rrdcached cannot be used; `nil` for one that answers. It blocks for some seconds at most.
  public static func trouble(of address: RRDCachedAddress) -> String? {
    do throws(RRDError) {
      try RRDCachedLink(address).ping()
      return nil
    } catch {
      return error.description
    }
  }

  public func sync(_ directory: String, generation: Int) async throws(RRDError) {
    if link?.isLocal ?? true {
      try await files.sync(directory, generation: generation)
    } else {
      try await files.begin(generation: generation)
    }
  }

  public func apply(_ updates: [RRDUpdate], now: Int) async -> [RRDFailure] {
    let isLocal: Bool
    do throws(RRDError) { isLocal = try connected(now).isLocal } catch {
      return updates.rangesByFile.map {
        RRDFailure(path: updates[$0.lowerBound].path, error: error, fate: .later, updates: $0)
      }
    }
    var failures: [RRDFailure] = []
    for part in updates.partsByRename where !failures.hold(updates, part) {
      failures += await apply(updates, part, now: now, isLocal: isLocal)
    }
    return failures
  }

  private func apply(
    _ updates: [RRDUpdate], _ part: [Range<Int>], now: Int, isLocal: Bool
  ) async -> [RRDFailure] {
    var (ranges, failures) = (part, [RRDFailure]())
    if isLocal { (ranges, failures) = await files.prepare(updates, part) }
    var round = Round(updates, ranges, now: now)
    while !round.isDone {
      do throws(RRDError) {
        try give(&round, isLocal: isLocal)
      } catch {
        link = nil
        round.fail(error)
      }
    }
    if isLocal { check(&round) }
    for number in round.changedFiles { await files.forget(number) }
    return failures + round.failures
  }

  private func connected(_ now: Int) throws(RRDError) -> RRDCachedLink {
    if let link { return link }
    // A clock that was set back must not make the pause longer.
    if let pause, now < pause.end, pause.end - now <= Self.pauseLength { throw pause.error }
    do throws(RRDError) {
      let new = try RRDCachedLink(address)
      (link, pause) = (new, nil)
      return new
    } catch {
      pause = (now + Self.pauseLength, error)
      throw error
    }
  }

  /// One round trip: the next values of files that have some left.
  private func give(_ round: inout Round, isLocal: Bool) throws(RRDError) {
    let link = try connected(round.now)
    var batch = RRDCachedBatch()
    var given: [Int] = []
    for index in round.open where batch.bytes.count < Self.largestBatch {
      let path = isLocal ? round.path(index) : name(round.path(index))
      if round.needsFile(index) {
        batch.create(index, path, round.spec(index), start: round.start(index))
      }
      guard let values = round.next(index) else { continue }
      guard let end = batch.update(index, path, round.updates, values) else {
        round.refuse(index, "rrdcached takes no such path")
        continue
      }
      round.given(index, values.lowerBound..<end)
      given.append(index)
      if round.isGiven(index) { batch.flush(index, path) }
    }
    guard !batch.isEmpty else { return }
    let refusals = try link.ask(batch)
    for refusal in refusals {
      let command = batch.commands[refusal.command]
      round.refused(command.file, command.kind, refusal, at: "\(address)", isLocal: isLocal)
    }
    for index in given { round.settle(index) }
  }

  /// The name of a file on another machine: below the folder that its rrdcached was given.
  private func name(_ path: String) -> String {
    guard path.hasPrefix(directory + "/") else { return path }
    return String(Substring(path.utf8.dropFirst(directory.utf8.count + 1)))
  }

  // MARK: What came of it

  /// Looks whether the files have what rrdcached has taken: it says nothing of values that librrd refused.
  private func check(_ round: inout Round) {
    for index in round.finished {
      guard let wanted = round.newest(index),
        let header = try? RRDFile(round.path(index)).header(), header.lastUpdate < wanted
      else { continue }
      do throws(RRDError) {
        try giveEach(&round, index, after: header.lastUpdate)
      } catch {
        link = nil
        round.fail(index, error)
      }
    }
  }

  /// Gives the values of a file one by one, to learn which of them is refused.
  private func giveEach(
    _ round: inout Round, _ index: Int, after lastUpdate: Int
  ) throws(RRDError) {
    let path = round.path(index)
    var last = lastUpdate
    var refused: [Int] = []
    var taken = 0
    for place in round.range(index) where !round.updates[place].text.isEmpty {
      guard round.updates[place].time > last else { continue }
      var batch = RRDCachedBatch()
      batch.forget(index, path)
      _ = batch.update(index, path, round.updates, place..<(place + 1))
      batch.flush(index, path)
      _ = try connected(round.now).ask(batch)
      let now = (try? RRDFile(path).header())?.lastUpdate ?? last
      if now > last {
        last = now
        taken += 1
      } else {
        refused.append(place)
      }
    }
    guard !refused.isEmpty else { return }
    var batch = RRDCachedBatch()
    batch.forget(index, path)
    _ = try connected(round.now).ask(batch)
    // Where not one value gets into the file, the file is what is wrong.
    guard taken > 0 else {
      round.fail(
        index, RRDError(.other, "cannot update \(path): rrdcached at \(address) does not write it"))
      return
    }
    for place in refused {
      round.refuse(
        index, at: place,
        "cannot update \(path): '\(round.updates[place].text)' is refused by rrdcached at \(address)"
      )
    }
  }
}
