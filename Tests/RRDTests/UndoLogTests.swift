import Glibc
import MuninWire
import Testing

@testable import RRD

/// What a process leaves that ends while it writes, or a machine that loses its power.
@Suite struct UndoLogTests {
  let scratch = Scratch()
  private var log: String { scratch.path + "/undo" }
  private let header = 376 + 208 * 12

  /// A writer whose generation has begun.
  private func writer(_ generation: Int = 5) async throws -> RRDWriter {
    let writer = RRDWriter(undoPath: log)
    try await writer.begin(generation: generation)
    return writer
  }

  private func restored(_ generation: Int = 5, newest: Int = noon + 100_000) async throws -> Int {
    let writer = RRDWriter(undoPath: log)
    return try await writer.restore(generation: generation, newest: newest)
  }

  /// A file with seven values on the disk, and four more that are not synced.
  private func unsynced(_ path: String) async throws -> (before: [UInt8], after: [UInt8]) {
    _ = await RRDWriter().apply(updates(path, ["1", "2", "3", "4", "5", "6", "7"]))
    let before = Scratch.read(path)
    #expect(await (try writer()).apply(later(path)) == [])
    return (before, Scratch.read(path))
  }

  private func later(_ path: String) -> [RRDUpdate] {
    updates(path, ["8", "9", "10", "11"], from: noon + 2100)
  }

  /// The state of a file at any instant of an update: any part of the header, and the rows of before or of after.
  @Test func aFileOfTwoMomentsIsPutBackAndWrittenAnew() async throws {
    let path = scratch.file("load")
    let (before, after) = try await unsynced(path)
    #expect(before[..<header] != after[..<header] && before[header...] != after[header...])
    for cut in stride(from: 0, through: header, by: 97) {
      for (head, rows) in [(after, before), (before, after), (after, after)] {
        let rest = rows == after ? before : after
        Scratch.write(Array(head[..<cut] + rest[cut..<header] + rows[header...]), to: path)
        #expect(try await restored() == 1)
        #expect(await RRDWriter().apply(later(path)) == [])
        let isRight = Scratch.read(path) == after
        #expect(isRight, "cut at byte \(cut) of the header")
      }
    }
  }

  /// The values of a file that was made since the last sync are all in the journal.
  @Test func aFileThatWasMadeIsRemoved() async throws {
    let path = scratch.file("load")
    #expect(await (try writer()).apply(updates(path, ["1", "2"])) == [])
    let whole = Scratch.read(path)
    for torn in [[], Array(whole[..<3000]), [UInt8](repeating: 0, count: whole.count), whole] {
      Scratch.write(torn, to: path)
      #expect(try await restored() == 1)
      #expect(access(path, F_OK) != 0)
    }
    #expect(await RRDWriter().apply(updates(path, ["1", "2"])) == [])
    #expect(try await RRDWriter().lastUpdate(path) == noon + 300)
  }

  @Test func whatIsSyncedIsNotPutBack() async throws {
    let path = scratch.file("load")
    let writer = try await writer()
    _ = await writer.apply(updates(path, ["1", "2"]))
    try await writer.sync(scratch.path, generation: 6)
    let synced = Scratch.read(path)
    #expect(try await restored(6) == 0)
    #expect((Scratch.read(path) == synced) as Bool)
    // The ledger did not get to know of the sync: the file was made after the one that it knows.
    _ = await writer.apply(updates(path, ["3"], from: noon + 600))
    let newest = Scratch.read(path)
    #expect(try await restored(6) == 1)
    #expect((Scratch.read(path) != newest) as Bool)
    #expect(try await restored(5) == 1)
    #expect(access(path, F_OK) != 0)
  }

  /// A sync is repeated when the ledger could not be told of it: what was kept before is void then.
  @Test func aRepeatedSyncBeginsItsGenerationAnew() async throws {
    let path = scratch.file("load")
    let writer = try await writer()
    try await writer.sync(scratch.path, generation: 6)
    _ = await writer.apply(updates(path, ["1", "2"]))
    try await writer.sync(scratch.path, generation: 6)
    #expect(try await restored(6) == 0)
    #expect(access(path, F_OK) == 0)
  }

  @Test func aFileThatAnotherProgramHasWrittenSinceIsLeftAlone() async throws {
    let path = scratch.file("load")
    _ = try await unsynced(path)
    _ = await RRDWriter().apply(updates(path, ["12"], from: noon + 3300))
    let file = Scratch.read(path)
    #expect(try await restored(newest: noon + 3000) == 0)
    #expect((Scratch.read(path) == file) as Bool)
  }

  @Test func aFileOfAnotherShapeOrNoneIsLeftAlone() async throws {
    let path = scratch.file("load")
    _ = try await unsynced(path)
    unlink(path)
    #expect(try await restored() == 0)
    _ = await RRDWriter().apply(
      updates(
        path, ["1"], spec: RRDSpec(archives: RoundRobinLayout("huge")!.archives(step: 300))))
    let file = Scratch.read(path)
    #expect(try await restored() == 0)
    #expect((Scratch.read(path) == file) as Bool)
  }

  /// A file that is renamed goes on under its new name.
  @Test func aRenamedFileIsPutBackToItsRename() async throws {
    let (old, new) = (scratch.file("old"), scratch.file("new"))
    _ = await RRDWriter().apply(updates(old, ["1", "2"]))
    let writer = try await writer()
    _ = await writer.apply(updates(old, ["3"], from: noon + 600))
    let update = updates(new, ["4"], from: noon + 900, former: old)
    #expect(await writer.apply(update) == [])
    let after = Scratch.read(new)
    #expect(try await restored() == 1)
    #expect((Scratch.read(new) != after) as Bool)
    #expect(await RRDWriter().apply(update) == [])
    #expect((Scratch.read(new) == after) as Bool)
  }

  /// Each entry at which a loss of power may cut the log is the end of it.
  @Test func aLogThatIsCutShortHasTheEntriesBeforeTheCut() async throws {
    let paths = ["a", "b", "c"].map { scratch.file($0) }
    let all = paths.flatMap { updates($0, ["1", "2"]) }
    _ = await RRDWriter().apply(all)
    let before = paths.map { Scratch.read($0) }
    _ = await (try writer()).apply(paths.flatMap { updates($0, ["3"], from: noon + 600) })
    let after = paths.map { Scratch.read($0) }
    let bytes = Scratch.read(log + ".1")
    let entry = (bytes.count - 8) / 3
    for cut in stride(from: 0, through: bytes.count, by: 61) {
      for (path, file) in zip(paths, after) { Scratch.write(file, to: path) }
      Scratch.write(Array(bytes[..<cut]) + [UInt8](repeating: 0xA5, count: 200), to: log + ".1")
      #expect(try await restored() == min(3, cut / entry), "\(cut)")
      for (index, path) in paths.enumerated() {
        let expected = index < cut / entry ? before : after
        let isRight = Scratch.read(path).prefix(header) == expected[index].prefix(header)
        #expect(isRight, "\(path), cut at \(cut)")
      }
    }
  }

  @Test func aLogFullOfNoiseHarmsNobody() async throws {
    let path = scratch.file("load")
    _ = await RRDWriter().apply(updates(path, ["1", "2"]))
    let file = Scratch.read(path)
    for seed in 0..<200 {
      Scratch.write(
        (0..<20_000).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) &* 2_654_435_761 >> 13) },
        to: log + ".1")
      #expect(try await restored() == 0)
    }
    #expect((Scratch.read(path) == file) as Bool)
  }
}
