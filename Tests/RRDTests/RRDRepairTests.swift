import Glibc
import MuninWire
import RRD
import Testing

@Suite struct RRDRepairTests {
  let scratch = Scratch()
  let writer = RRDWriter()

  @Test func unfinishedFileNeverHasTheName() async throws {
    let path = scratch.file("big")
    // Big enough that a file written in place would be seen growing.
    let spec = RRDSpec(archives: [RoundRobinLayout.Archive(steps: 1, rows: 400_000)])
    let observer = Task.detached {
      var sizes: Set<Int> = []
      while !Task.isCancelled {
        var status = stat()
        if stat(path, &status) == 0 { sizes.insert(Int(status.st_size)) }
      }
      return sizes
    }
    try await writer.create(path, spec, start: noon)
    observer.cancel()
    let sizes = await observer.value
    var status = stat()
    try #require(stat(path, &status) == 0)
    #expect(sizes.isSubset(of: [Int(status.st_size)]))
    #expect(scratch.names() == ["host-svc-big-g.rrd"])
  }

  @Test func restsOfAKilledCreationDoNoHarm() async throws {
    let path = scratch.file("load")
    mkdir(scratch.path + "/grp", 0o777)
    Scratch.write([1, 2, 3], to: path + ".new")
    #expect(await writer.apply(updates(path, ["1"])) == [])
    #expect(scratch.names() == ["host-svc-load-g.rrd"])
  }

  enum Damage: CaseIterable {
    case empty, foreign, cutHeader, cutData, otherSource, wildRow
  }

  @Test(arguments: Damage.allCases)
  func damagedFileIsSetAside(damage: Damage) async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    var bytes = Scratch.read(path)
    switch damage {
    case .empty: bytes = []
    case .foreign:
      bytes = Array("once upon a time there was a raven".utf8) + [UInt8](repeating: 0, count: 5000)
    case .cutHeader: bytes.removeLast(bytes.count - 200)
    case .cutData: bytes.removeLast(100)
    case .otherSource: bytes[bytes.firstRange(of: Array("42\0".utf8))!.lowerBound] = 0x37
    case .wildRow:
      // The rows in use stand at the end of the header, in front of the values.
      let info = try await writer.info(path)
      let header = try #require(Int(info["header_size"] ?? ""))
      bytes[header - 4] = 0x7F
    }
    Scratch.write(bytes, to: path)
    // A new program looks at the file first.
    let writer = RRDWriter()
    let time = noon + 300
    let failures = await writer.apply(updates(path, ["2", "3"], from: time))
    #expect(failures.map(\.fate) == [.written])
    #expect(failures.first?.error.kind == .damaged)
    #expect(failures.first?.description.contains("\(path).damaged-\(time)") == true)
    #expect(Scratch.read("\(path).damaged-\(time)") == bytes)
    #expect(try await writer.lastUpdate(path) == time + 300)
  }

  @Test func fileDamagedWhileRunningIsSetAside() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    Scratch.write(Array("no".utf8), to: path)
    let failures = await writer.apply(updates(path, ["2"], from: noon + 300))
    #expect(failures.map(\.fate) == [.written])
    #expect(try await writer.lastUpdate(path) == noon + 300)
  }

  @Test func damagedFilesAreNeverOverwritten() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    var kept: [String] = []
    for round in 0..<3 {
      Scratch.write(Array("damage \(round)".utf8), to: path)
      kept.append(try await writer.setAside(path, at: noon))
    }
    #expect(
      kept == ["", "-1", "-2"].map { "\(path).damaged-\(noon)\($0)" })
    #expect(
      kept.map { String(decoding: Scratch.read($0), as: UTF8.self) }
        == ["damage 0", "damage 1", "damage 2"])
  }

  @Test func changedLimitsAreTuned() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1"]))
    let spec = RRDSpec(min: "-2.5", max: "100")
    #expect(await writer.apply(updates(path, ["2"], from: noon + 300, spec: spec)) == [])
    var info = try await writer.info(path)
    #expect(info["ds[42].min"] == "-2.5000000000e+00")
    #expect(info["ds[42].max"] == "1.0000000000e+02")
    // And back, by another program.
    #expect(await RRDWriter().apply(updates(path, ["3"], from: noon + 600)) == [])
    info = try await writer.info(path)
    #expect(info["ds[42].min"] == "NaN")
    #expect(info["ds[42].max"] == "NaN")
    #expect(info["last_update"] == String(noon + 600))
  }

  @Test func changedTypeKeepsTheHistory() async throws {
    let old = scratch.file("load", .gauge)
    let new = scratch.file("load", .derive)
    _ = await writer.apply(updates(old, ["1", "2", "3"]))
    let spec = RRDSpec(type: .derive, min: "0")
    #expect(await writer.apply(updates(new, ["600"], from: noon + 900, spec: spec)) == [])
    #expect(scratch.names() == ["host-svc-load-d.rrd"])
    let info = try await writer.info(new)
    #expect(info["ds[42].type"] == "\"DERIVE\"")
    let rows = try await writer.fetch(
      new, .average, start: noon - 300, end: noon + 600, resolution: 300)
    #expect(rows.values.filter { !$0.isNaN } == [1, 2, 3])
  }

  @Test func oldNameIsTakenOver() async throws {
    let old = scratch.file("before")
    let new = scratch.file("after")
    _ = await writer.apply(updates(old, ["1"]))
    let batch = updates(new, ["2"], from: noon + 300, former: old)
    #expect(await writer.apply(batch) == [])
    #expect(scratch.names() == ["host-svc-after-g.rrd"])
    let rows = try await writer.fetch(
      new, .average, start: noon - 300, end: noon + 300, resolution: 300)
    #expect(rows.values.filter { !$0.isNaN } == [1, 2])
  }

  @Test func twoHistoriesAreBothKept() async throws {
    let old = scratch.file("before")
    let new = scratch.file("after")
    _ = await writer.apply(updates(old, ["1"]) + updates(new, ["1"]))
    let batch = updates(new, ["2"], from: noon + 300, former: old)
    let failures = await RRDWriter().apply(batch)
    #expect(failures.map(\.fate) == [.written])
    #expect(failures.first?.description.contains(old) == true)
    #expect(scratch.names() == ["host-svc-after-g.rrd", "host-svc-before-g.rrd"])
    #expect(try await writer.lastUpdate(new) == noon + 300)
  }

  @Test(.enabled(if: geteuid() == 0 || getenv("CI") != nil, "mounting a small disk needs root"))
  func fullDiskCostsOnlyNewFiles() async throws {
    let directory = scratch.path + "/grp"
    mkdir(directory, 0o777)
    // Room for one file of munin's normal size, not for two.
    guard mount("tmpfs", directory, "tmpfs", 0, "size=96k") == 0 else { return }
    defer { umount(directory) }
    let first = scratch.file("first")
    let second = scratch.file("second")
    #expect(await writer.apply(updates(first, ["1"])) == [])
    let batch = updates(second, ["1"]) + updates(first, ["2"], from: noon + 300)
    let failures = await writer.apply(batch)
    #expect(failures.map(\.path) == [second])
    #expect(failures.map(\.fate) == [.later])
    #expect(failures.map(\.error.kind) == [.noSpace])
    #expect(failures.first?.description == "cannot create \(second): No space left on device")
    #expect(scratch.names() == ["host-svc-first-g.rrd"])
    #expect(try await writer.lastUpdate(first) == noon + 300)
    // Space again: the same values are taken.
    #expect(mount("tmpfs", directory, "tmpfs", UInt(MS_REMOUNT), "size=1m") == 0)
    #expect(await writer.apply(batch) == [])
    #expect(try await writer.lastUpdate(second) == noon)
  }
}
