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

  /// librrd would wait for its other end, and nothing would be written any more.
  @Test func aPipeInPlaceOfAFileDelaysNobody() async throws {
    let path = scratch.file("pipe")
    #expect(await writer.apply(updates(path, ["1"])) == [])
    unlink(path)
    #expect(mkfifo(path, 0o600) == 0)
    let failures = await writer.apply(updates(path, ["1", "2"]), now: noon + 600)
    #expect(
      failures.map { "\($0.error)" } == ["cannot use \(path): it is not a regular file"])
    #expect(failures.map(\.fate) == [.later])
  }

  /// An update without a text makes the file, and changes one that exists in nothing but its description.
  @Test func aFileIsMadeWithoutAValue() async throws {
    let path = scratch.file("load")
    #expect(await writer.apply(updates(path, [""])) == [])
    #expect(try await writer.lastUpdate(path) == noon - 300)
    #expect(await writer.apply(updates(path, ["", "2", ""])) == [])
    #expect(try await writer.lastUpdate(path) == noon + 300)
    let bytes = Scratch.read(path)
    #expect(await writer.apply(updates(path, ["", ""])) == [])
    #expect(await RRDWriter().apply(updates(path, [""])) == [])
    #expect(Scratch.read(path) == bytes)
  }

  /// A backlog has values of a field under its old name and under its new one.
  @Test func aRenamedFileHasItsOwnValuesBefore() async throws {
    let (old, new) = (scratch.file("old"), scratch.file("new"))
    _ = await writer.apply(updates(old, ["1"]))
    let later = updates(new, ["4", "5"], from: noon + 900, former: old)
    #expect(await writer.apply(updates(old, ["2", "3"], from: noon + 300) + later) == [])
    #expect(access(old, F_OK) != 0)
    let rows = try await writer.fetch(
      new, .average, start: noon - 300, end: noon + 1200, resolution: 300)
    #expect(rows.values.filter { !$0.isNaN } == [1, 2, 3, 4, 5])
  }

  @Test(arguments: ["normal", "huge", "custom 1d, 5m for 9d", "custom 5"])
  func theSizeOfAFileIsKnownBefore(text: String) async throws {
    let path = scratch.file("load")
    let layout = try #require(RoundRobinLayout(text))
    let spec = RRDSpec(archives: layout.archives(step: 300))
    try await writer.create(path, spec, start: noon)
    var status = stat()
    #expect(stat(path, &status) == 0 && spec.fileSize == Int(status.st_size))
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

  /// A clock that ran ahead closes the file: librrd passes over all values until then, in silence.
  @Test func valuesForAFileFromTheFutureAreLost() async throws {
    let path = scratch.file("load")
    try await writer.create(path, RRDSpec(), start: noon - 300)
    try await writer.update(path, [(noon + 6000, "1")])
    for _ in 0..<2 {
      let failures = await writer.apply(updates(path, ["1", "2"]), now: noon + 300)
      #expect(failures.map(\.fate) == [.closed(until: noon + 6000)])
      #expect(failures.map(\.updates) == [0..<2])
    }
    // What comes at the same time again is in the file already, and later values are welcome.
    let later = updates(path, ["1", "2"], from: noon + 6000)
    #expect(await writer.apply(later, now: noon + 5990) == [])
    #expect(try await writer.lastUpdate(path) == noon + 6300)
    // Once that time has come, older values are repeats.
    #expect(await writer.apply(updates(path, ["1"]), now: noon + 6300) == [])
  }

  @Test func findingsAreMadeInAllFolders() async throws {
    let paths = [scratch.file("a"), scratch.path + "/x/y/z.rrd", scratch.path + "/old.rrd"]
    for path in paths { try await writer.create(path, RRDSpec(), start: noon) }
    try await writer.update(paths[0], [(noon + 600, "1")])
    try await writer.update(paths[1], [(noon + 900, "1")])
    Scratch.write(Array("not an RRD file".utf8), to: scratch.path + "/damaged.rrd")
    let damaged = scratch.path + "/damaged.rrd"
    let found = RRDTree.findings(below: scratch.path, now: noon + 299)
    #expect(Set(found.map(\.path)) == [paths[0], paths[1], damaged])
    #expect(found.first { $0.path == paths[1] }?.kind == .future(lastUpdate: noon + 900))
    #expect(RRDTree.findings(below: scratch.path, now: noon + 900).map(\.path) == [damaged])
    #expect(RRDTree.findings(below: "/nonexistent", now: 0) == [])
  }

  @Test(
    arguments: [
      ("6837.046", FieldType.derive, "6837", RRDNumber.Change.fractionCut),
      ("-6837.999", .derive, "-6837", .fractionCut), ("-0.5", .derive, "0", .fractionCut),
      (".5", .counter, "0", .fractionCut), ("1.5e3", .counter, "1500", nil),
      ("12", .counter, "12", nil), ("-12", .derive, "-12", nil), ("-12", .counter, "U", .negative),
      ("-0.2", .counter, "0", .fractionCut), ("U", .derive, "U", nil), ("0.5", .gauge, "0.5", nil),
      ("0.5", .absolute, "0.5", nil),
      ("18446744073709551616", .derive, "18446744073709551616", nil),
      ("99999999999999999999999999999", .derive, "99999999999999999999999999999", nil),
      ("100000000000000000000000000000", .derive, "U", .tooLong),
      ("1e300", .counter, "U", .tooLong),
    ] as [(String, FieldType, String?, RRDNumber.Change?)])
  func aNumberIsWhatLibrrdTakes(
    reading: String, type: FieldType, text: String?, change: RRDNumber.Change?
  ) async throws {
    let number = RRDNumber(try #require(Reading(reading)), as: type)
    if let text { #expect(number.text == text) }
    #expect(number.change == change)
    let path = scratch.file("x", type)
    let spec = RRDSpec(type: type)
    #expect(await writer.apply(updates(path, [number.text], spec: spec)) == [])
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

  @Test(arguments: ["1:2", "5@7", "abc", "1 2", "N", "\u{0}", "12,5"])
  func badValueIsRefusedAlone(text: String) async throws {
    let path = scratch.file("load")
    let failures = await writer.apply(updates(path, ["1", text, "3"]))
    #expect(failures.map(\.fate) == [.refused])
    #expect(failures.map(\.updates) == [1..<2])
    #expect(failures.first?.description.contains(path) == true)
    #expect(try await writer.lastUpdate(path) == noon + 600)
  }

  @Test func timesBefore1970AreRefused() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    let failures = await writer.apply([
      RRDUpdate(RRDTarget(path: path, spec: RRDSpec()), time: -5, text: "1")
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
