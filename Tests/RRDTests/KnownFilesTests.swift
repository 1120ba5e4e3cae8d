import MuninWire
import Testing

@testable import RRD

@Suite struct KnownFilesTests {
  let scratch = Scratch()
  let writer = RRDWriter()

  private func update(_ number: UInt32, _ path: String, _ step: Int, max: String) -> RRDUpdate {
    RRDUpdate(
      RRDTarget(number: number, path: path, spec: RRDSpec(max: max)), time: noon + 300 * step,
      text: "1")
  }

  private func max(_ path: String) async throws -> String? {
    try await writer.info(path)["ds[42].max"]
  }

  /// A file is looked at, and tuned, once; then again when its series has another description or it was forgotten.
  @Test func aFileIsLookedAtOnce() async throws {
    let path = scratch.file("load")
    #expect(await writer.apply([update(7, path, 0, max: "10")]) == [])
    // Somebody else changes it.
    #expect(await RRDWriter().apply([update(7, path, 1, max: "20")]) == [])
    #expect(await writer.apply([update(7, path, 2, max: "10")]) == [])
    #expect(try await max(path) == "2.0000000000e+01")
    await writer.forget(7)
    #expect(await writer.apply([update(7, path, 3, max: "10")]) == [])
    #expect(try await max(path) == "1.0000000000e+01")
    #expect(await writer.apply([update(7, path, 4, max: "30")]) == [])
    #expect(try await max(path) == "3.0000000000e+01")
    #expect(try await writer.lastUpdate(path) == noon + 1200)
  }

  /// Two series that follow each other in one call, and a renamed file.
  @Test func eachSeriesHasItsFile() async throws {
    let (one, two) = (scratch.file("a"), scratch.file("b"))
    for step in 0..<3 {
      let updates = [update(1, one, step, max: "U"), update(2, two, step, max: "U")]
      #expect(await writer.apply(updates) == [])
    }
    try await writer.rename(two, to: scratch.file("c"))
    #expect(await writer.apply([update(2, two, 4, max: "U")]) == [])
    #expect(try await writer.lastUpdate(two) == noon + 1200)
    #expect(try await writer.lastUpdate(scratch.file("c")) == noon + 600)
  }

  @Test func specsAreSharedAndBounded() {
    var files = KnownFiles()
    #expect(files[0] == nil && files[.max] == nil)
    for number in 1...70_000 as ClosedRange<UInt32> {
      files[number] = KnownFile(spec: RRDSpec(max: "\(number)"), lastUpdate: Int(number))
      #expect(files[number]?.lastUpdate == Int(number) && files[number]?.spec.max == "\(number)")
    }
    // More specs than the table holds: all are looked at once more.
    #expect(files[1] == nil && files[69_999]?.spec.max == "69999")
    files[70_000] = nil
    #expect(files[70_000] == nil)
    files[5] = KnownFile(spec: RRDSpec(), lastUpdate: .max)
    #expect(files[5]?.lastUpdate == Int(UInt32.max))
    files[.max] = KnownFile(spec: RRDSpec(), lastUpdate: 1)
    #expect(files[.max] == nil)
  }
}
