import Glibc
import MuninWire
import Testing

@testable import RRD

/// A writer that is killed in the middle of a file.
@Suite struct UndoSlotTests {
  let scratch = Scratch()

  /// The state of a file at any instant of an update: the new rows, and of the header any part.
  @Test func aHeaderThatIsHalfWrittenIsPutBack() async throws {
    let slot = scratch.path + "/slot"
    let path = scratch.file("load")
    let writer = try RRDWriter(undoPath: slot)
    #expect(await writer.apply(updates(path, ["1", "2", "3", "4", "5", "6", "7"])) == [])
    let before = Scratch.read(path)
    let later = updates(path, ["8", "9", "10", "11"], from: noon + 2100)
    #expect(await writer.apply(later) == [])
    let after = Scratch.read(path)
    let header = 376 + 208 * 12
    #expect(before[..<header] != after[..<header] && before[header...] != after[header...])
    for cut in stride(from: 0, through: header, by: 97) {
      // As left by a kill: all rows written, and the header up to here.
      Scratch.write(Array(before[..<cut]) + after[cut...], to: path)
      let undo = try UndoSlot(slot)
      Scratch.write(before, to: path)
      undo.begin(path)
      Scratch.write(Array(after[..<cut] + before[cut..<header] + after[header...]), to: path)
      let next = try RRDWriter(undoPath: slot)
      #expect(try await next.restoreInterrupted() == path)
      #expect(try await next.restoreInterrupted() == nil)
      #expect(await next.apply(later) == [])
      #expect(Scratch.read(path) == after, "killed at byte \(cut) of the header")
    }
  }

  @Test func aWriterThatWasNotKilledLeavesNothing() async throws {
    let slot = scratch.path + "/slot"
    let path = scratch.file("load")
    let writer = try RRDWriter(undoPath: slot)
    _ = await writer.apply(updates(path, ["1", "2"]))
    let file = Scratch.read(path)
    #expect(try await RRDWriter(undoPath: slot).restoreInterrupted() == nil)
    #expect(Scratch.read(path) == file)
  }

  /// After a loss of power the slot and the files are of different moments.
  @Test func aSlotOfAnotherBootIsNotUsed() async throws {
    let slot = scratch.path + "/slot"
    let path = scratch.file("load")
    let writer = try RRDWriter(undoPath: slot)
    _ = await writer.apply(updates(path, ["1", "2"]))
    let undo = try UndoSlot(slot)
    undo.begin(path)
    var bytes = Scratch.read(slot)
    bytes[8] ^= 1
    Scratch.write(bytes, to: slot)
    _ = await writer.apply(updates(path, ["3"], from: noon + 600))
    let file = Scratch.read(path)
    #expect(try await RRDWriter(undoPath: slot).restoreInterrupted() == nil)
    #expect(Scratch.read(path) == file)
  }

  @Test func aSlotFullOfNoiseHarmsNobody() async throws {
    let slot = scratch.path + "/slot"
    let path = scratch.file("load")
    _ = await RRDWriter().apply(updates(path, ["1", "2"]))
    let file = Scratch.read(path)
    for seed in 0..<200 {
      Scratch.write(
        (0..<20_000).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) &* 2_654_435_761 >> 13) },
        to: slot)
      #expect(try await RRDWriter(undoPath: slot).restoreInterrupted() == nil)
    }
    #expect(Scratch.read(path) == file)
  }
}
