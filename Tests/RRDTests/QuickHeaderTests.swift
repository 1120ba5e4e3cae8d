import Foundation
import MuninWire
import Testing

@testable import RRD

/// The quick look at a header against librrd's own.
struct QuickHeaderTests {
  private func folder() throws -> String {
    let path = NSTemporaryDirectory() + "apus-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test(arguments: [
    RRDSpec(), RRDSpec(type: .derive, step: 10, min: "0", max: "100000"),
    RRDSpec(type: .counter, archives: [RoundRobinLayout.Archive(steps: 1, rows: 9504)]),
  ])
  func quickLookSeesWhatLibrrdSees(spec: RRDSpec) async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/a.rrd"
    let writer = RRDWriter()
    try await writer.create(path, spec, start: 1_700_000_000)
    try await writer.update(path, [(1_700_000_300, "7"), (1_700_000_600, "8")])
    let quick = try #require(RRDFile(path).quickHeader())
    let full = try RRDFile(path).fullHeader()
    #expect(quick.tuning(to: spec).isEmpty)
    #expect(quick.type == full.type)
    #expect(quick.step == full.step)
    #expect(quick.lastUpdate == full.lastUpdate)
    #expect(quick.longestRows == full.longestRows)
    #expect(quick.lastUpdate == 1_700_000_600)
  }

  @Test func everyCutAndEveryWildRowIsLeftToLibrrd() async throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/a.rrd"
    try await RRDWriter().create(path, RRDSpec(), start: 1_700_000_000)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in [0, 1, 100, 255, 256, 2871, 2872, whole.count - 8] {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      #expect(RRDFile(path).quickHeader() == nil, "\(length) bytes")
    }
    // The last archive's current row, the last eight bytes before the values.
    var wild = whole
    wild.replaceSubrange(2864..<2872, with: [255, 255, 255, 255, 0, 0, 0, 0])
    try wild.write(to: URL(fileURLWithPath: path))
    #expect(RRDFile(path).quickHeader() == nil)
    #expect(throws: RRDError.self) { try RRDFile(path).header() }
  }
}
