import Glibc
import MuninWire
import RRD
import Testing

@Suite struct RRDWriterTests {
  let scratch = Scratch()
  let writer = RRDWriter()

  @Test func fileHasMuninsForm() async throws {
    let path = scratch.file("load")
    let spec = RRDSpec(type: .derive, min: "0", max: "1000.5")
    #expect(await writer.apply(updates(path, ["17"], spec: spec)) == [])
    let info = try await writer.info(path)
    #expect(info["step"] == "300")
    #expect(info["last_update"] == String(noon))
    #expect(info["ds[42].index"] == "0")
    #expect(info["ds[42].type"] == "\"DERIVE\"")
    #expect(info["ds[42].minimal_heartbeat"] == "600")
    #expect(info["ds[42].min"] == "0.0000000000e+00")
    #expect(info["ds[42].max"] == "1.0005000000e+03")
    #expect(info["ds[42].last_ds"] == "\"17\"")
    let archives = [(1, 576), (6, 432), (24, 540), (288, 450)]
    let expected = archives.flatMap { steps, rows in
      ["AVERAGE", "MIN", "MAX"].map { "\"\($0)\" \(steps) \(rows) 5.0000000000e-01" }
    }
    let found = (0..<12).map { index in
      ["cf", "pdp_per_row", "rows", "xff"].map { info["rra[\(index)].\($0)"] ?? "-" }
        .joined(separator: " ")
    }
    #expect(found == expected)
    #expect(info["rra[12].cf"] == nil)
  }

  @Test func firstValueCounts() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1", "2", "3"]))
    let rows = try await writer.fetch(
      path, .average, start: noon - 600, end: noon + 600, resolution: 300)
    #expect(rows.step == 300)
    let known = rows.values.indices.filter { !rows.values[$0].isNaN }
    #expect(known.map { rows.values[$0] } == [1, 2, 3])
    #expect(known.map { rows.time(of: $0) } == [noon, noon + 300, noon + 600])
  }

  @Test func oldValuesArePassedOver() async throws {
    let path = scratch.file("load")
    #expect(await writer.apply(updates(path, ["1", "2", "3"])) == [])
    #expect(await writer.apply(updates(path, ["7", "7", "7", "4"])) == [])
    let rows = try await writer.fetch(
      path, .average, start: noon - 300, end: noon + 900, resolution: 300)
    #expect(rows.values.filter { !$0.isNaN } == [1, 2, 3, 4])
  }

  @Test func countersStayExact() async throws {
    let path = scratch.file("octets", .counter)
    let spec = RRDSpec(type: .counter)
    let values = ["18446744073709551000", "18446744073709551600"]
    #expect(await writer.apply(updates(path, values, spec: spec)) == [])
    let rows = try await writer.fetch(
      path, .average, start: noon, end: noon + 300, resolution: 300)
    #expect(rows.values.contains(2))
  }

  @Test(arguments: ["", "1:2", "5@7", "abc", "1 2", "N", "\u{0}", "12,5"])
  func badValueIsRefusedAlone(text: String) async throws {
    let path = scratch.file("load")
    let failures = await writer.apply(updates(path, ["1", text, "3"]))
    #expect(failures.map(\.fate) == [.refused])
    #expect(failures.map(\.updates) == [1..<2])
    #expect(failures.first?.description.contains(path) == true)
    #expect(try await writer.lastUpdate(path) == noon + 600)
  }

  @Test func timesBefore1970AreNoTimes() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    let failures = await writer.apply([
      RRDUpdate(path: path, time: -5, text: "1", spec: RRDSpec())
    ])
    #expect(failures.map(\.fate) == [.refused])
    #expect(try await writer.lastUpdate(path) == noon)
  }

  @Test func otherFilesAreNotConcerned() async throws {
    let paths = (0..<20).map { scratch.file("f\($0)") }
    let batch = paths.enumerated().flatMap { updates($1, [$0 == 7 ? "x" : "1"]) }
    let failures = await writer.apply(batch)
    #expect(failures.map(\.path) == [paths[7]])
    for (index, path) in paths.enumerated() where index != 7 {
      #expect(try await writer.lastUpdate(path) == noon)
    }
  }

  @Test func vanishedFileIsMadeAnew() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    unlink(path)
    #expect(await writer.apply(updates(path, ["2"], from: noon + 300)) == [])
    #expect(try await writer.lastUpdate(path) == noon + 300)
  }

  @Test func impossibleSpecIsRefused() async throws {
    let path = scratch.file("load")
    let failures = await writer.apply(updates(path, ["1"], spec: RRDSpec(min: "5", max: "2")))
    #expect(failures.map(\.fate) == [.refused])
    #expect(failures.first?.description.contains("min") == true)
    #expect(scratch.names() == [])
  }

  @Test func directoryInTheWayIsNamed() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(scratch.file("other"), ["1"]))
    mkdir(path, 0o777)
    let failures = await writer.apply(updates(path, ["1"]))
    #expect(failures.map(\.fate) == [.later])
    #expect(failures.first?.description.contains(path) == true)
  }

  @Test func existingFileIsNotCreatedAgain() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    try await writer.create(path, RRDSpec(), start: noon + 9000)
    #expect(try await writer.lastUpdate(path) == noon)
  }

  @Test func syncNamesAMissingDirectory() async throws {
    try await writer.sync(scratch.path)
    await #expect(throws: RRDError.self) { try await writer.sync(scratch.path + "/none") }
  }

  @Test func missingFileIsNamed() async throws {
    let path = scratch.file("none")
    let error = await #expect(throws: RRDError.self) { try await writer.lastUpdate(path) }
    #expect(error?.description == "cannot read \(path): No such file or directory")
    #expect(error?.kind == .missing)
  }

  @Test func longRangesAreBounded() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1", "2"]))
    let rows = try await writer.fetch(path, .max, start: 1, end: 1 << 40, resolution: 1)
    #expect((450...460).contains(rows.values.count))
    #expect(rows.step == 86400)
    await #expect(throws: RRDError.self) {
      try await writer.fetch(path, .max, start: noon, end: noon, resolution: 300)
    }
  }
}
