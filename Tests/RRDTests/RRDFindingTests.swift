import Glibc
import MuninWire
import Testing

@testable import RRD

@Suite struct RRDFindingTests {
  let scratch = Scratch()
  let writer = RRDWriter()

  /// A file with values until `noon` + 600.
  private func file(_ field: String, _ spec: RRDSpec = RRDSpec()) async -> String {
    let path = scratch.file(field)
    _ = await writer.apply(updates(path, ["1", "2", "3"], spec: spec))
    return path
  }

  @Test func soundFilesHaveNoFinding() async {
    for type in FieldType.allCases {
      let path = await file("load\(type.letter)", RRDSpec(type: type, min: "0"))
      #expect(RRDFinding(of: path, now: noon + 600) == nil)
    }
  }

  enum Damage: String, CaseIterable {
    case empty = "is empty"
    case foreign = "is not an RRD file"
    case cutHeader = "reached EOF while loading header"
    case cutData = "is too small (should be"
    case wildRow = "its archives are damaged"
    case otherSource = "expected one data source named 42"
    case otherType = "has values of type DCOUNTER"
    case longer = "is not laid out as munin's files are"
    case pipe = "is not a regular file"
    case missing = "cannot be read: No such file or directory"
  }

  @Test(arguments: Damage.allCases) func eachKindOfDamageIsFound(damage: Damage) async throws {
    let path = await file("load")
    var bytes = Scratch.read(path)
    switch damage {
    case .empty: bytes = []
    case .foreign: bytes = [UInt8](repeating: 0x52, count: 5000)
    case .cutHeader: bytes.removeLast(bytes.count - 200)
    case .cutData: bytes.removeLast(100)
    case .wildRow: bytes[376 + 12 * 208 - 4] = 0x7F
    case .otherSource: bytes[128] = 0x37
    case .otherType: bytes.replaceSubrange(148..<157, with: Array("DCOUNTER\0".utf8))
    case .longer: bytes += [1, 2, 3]
    case .pipe, .missing: unlink(path)
    }
    if damage == .pipe {
      #expect(mkfifo(path, 0o600) == 0)
    } else if damage != .missing {
      Scratch.write(bytes, to: path)
    }
    let finding = try #require(RRDFinding(of: path, now: noon + 600))
    #expect(finding.description.hasPrefix("\(path): "))
    #expect(finding.fact.contains(damage.rawValue), "\(finding)")
    #expect(
      finding.isMendable
        == [.empty, .foreign, .cutHeader, .cutData, .wildRow].contains(damage), "\(finding)")
    let outcome = try await writer.mend(finding, now: noon + 900)
    guard finding.isMendable else {
      #expect(outcome == nil)
      return
    }
    #expect(outcome == "set aside as \(path).damaged-\(noon + 900)")
    #expect(Scratch.read("\(path).damaged-\(noon + 900)") == bytes)
    #expect(access(path, F_OK) != 0)
  }

  @Test func aNewestValueOneStepAheadIsNoFinding() async {
    let path = await file("load")
    #expect(RRDFinding(of: path, now: noon + 300) == nil)
    #expect(
      RRDFinding(of: path, now: noon + 299)?.kind == .future(lastUpdate: noon + 600))
  }

  /// A clock ran ahead for an hour: whatever archive still knows of the time before now stays as it was. Three days
  /// ahead are more than the finest archive holds.
  @Test(arguments: [(ahead: 36_000, lost: 0), (ahead: 3 * 86_400, lost: 1500)])
  func aFileOfTheFutureKeepsItsHistory(ahead: Int, lost: Int) async throws {
    let path = scratch.file("load", .derive)
    let spec = RRDSpec(type: .derive, min: "0")
    let days = 4 * 288
    _ = await writer.apply(
      updates(path, (0..<days).map { String($0 * $0 % 70_000 + $0 * 100_000) }, spec: spec))
    let now = noon + (days - 1) * 300 + 120
    _ = await writer.apply(
      updates(
        path, (0..<12).map { String($0 * 1000 + 900_000_000) }, from: now + ahead, spec: spec))
    chmod(path, 0o640)

    let finding = try #require(RRDFinding(of: path, now: now))
    #expect(finding.isMendable && finding.fact.hasPrefix("its newest value lies in the future"))
    let original = Scratch.read(path)
    let outcome = try await writer.mend(finding, now: now)
    let end = noon + (days - 1) * 300 - lost
    let aside = "\(path).future-\(now)"
    #expect(outcome == "its values after \(end) are dropped, the old file is \(aside)")
    #expect(Scratch.read(aside) == original)
    #expect(RRDFinding(of: path, now: now) == nil)
    let file = RRDFile(path)
    #expect(try file.header().lastUpdate == end)
    var known = 0
    for consolidation in RRDConsolidation.allCases {
      for archive in try file.archives() {
        let last = end - end % archive.step
        let former = RRDFile(aside)
        guard
          let old = try former.rows(
            consolidation, of: archive, lastUpdate: former.header().lastUpdate, from: 0, to: last),
          let new = try file.rows(
            consolidation, of: archive, lastUpdate: end, from: old.start - old.step, to: last)
        else { continue }
        for (index, value) in old.values.enumerated()
        where !value.isNaN && old.time(of: index) <= last {
          known += 1
          let place = (old.time(of: index) - new.start) / new.step
          let kept = new.values.indices.contains(place) ? new.values[place] : .nan
          // librrd adds up what it copies.
          let isKept = abs(kept - value) <= abs(value) * 1e-12
          #expect(
            isKept, "\(consolidation) \(archive) at \(old.time(of: index)): \(value), \(kept)")
        }
      }
    }
    #expect(known > 500)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640)
    #expect(scratch.names() == ["host-svc-load-d.rrd", "host-svc-load-d.rrd.future-\(now)"])
    // Values are taken again at once.
    let next = updates(path, ["1000000000", "1000300000"], from: now + 180, spec: spec)
    #expect(await writer.apply(next, now: now + 480) == [])
    let rows = try file.fetch(.average, start: now + 180, end: now + 480, resolution: 300)
    #expect(rows.values.first == 1000)
  }

  @Test func aFileWithoutAnyRowBeforeNowEndsNow() async throws {
    let path = await file("load")
    let finding = try #require(RRDFinding(of: path, now: noon - 86400))
    _ = try await writer.mend(finding, now: noon - 86400)
    #expect(try RRDFile(path).header().lastUpdate == noon - 86400)
    #expect(RRDFinding(of: path, now: noon - 86400) == nil)
  }

  /// It would keep the values of its field from being recorded, for ever.
  @Test func aFolderInPlaceOfAFileIsFound() async {
    let sound = await file("a")
    let folder = scratch.path + "/grp/host-svc-b-g.rrd"
    for path in [
      folder, folder + "/c-d-e-g.rrd", scratch.path + "/empty.rrd", scratch.path + "/group.rrd",
    ] {
      mkdir(path, 0o777)
    }
    // A group may have such a name.
    rename(sound, scratch.path + "/group.rrd/host-svc-a-g.rrd")
    let found = RRDTree.findings(below: scratch.path, now: noon + 600)
    #expect(
      found.map(\.path) == [scratch.path + "/empty.rrd", folder, folder + "/c-d-e-g.rrd"])
    #expect(
      found.allSatisfy {
        $0.kind == .unreadable
          && $0.fact
            == "is a folder where a file is expected: values of this name cannot be recorded: move it away"
      })
    #expect(RRDTree.count(below: scratch.path) == 1)
  }

  @Test func theTreeIsWalkedInTheOrderOfNames() async {
    for name in ["b", "a"] { _ = await file(name) }
    let folder = scratch.path
    Scratch.write([1], to: folder + "/grp/x-y-z-g.rrd.damaged-17")
    Scratch.write([1], to: folder + "/grp/x-y-z-g.rrd.newAb3dEf")
    Scratch.write([1], to: folder + "/datafile")
    mkdir(folder + "/deeper", 0o777)
    Scratch.write([], to: folder + "/deeper/c-d-e-g.rrd")
    symlink(folder, folder + "/deeper/loop")
    var entries: [RRDTree.Entry] = []
    RRDTree.walk(folder) { entries.append($0) }
    #expect(
      entries == [
        .file(folder + "/deeper/c-d-e-g.rrd"), .file(folder + "/grp/host-svc-a-g.rrd"),
        .file(folder + "/grp/host-svc-b-g.rrd"), .setAside(folder + "/grp/x-y-z-g.rrd.damaged-17"),
        .unfinished(folder + "/grp/x-y-z-g.rrd.newAb3dEf"),
      ])
    #expect(RRDTree.count(below: folder) == 3)
    RRDTree.walk(folder + "/none") {
      #expect($0 == .closedFolder(folder + "/none", reason: "No such file or directory"))
    }
  }
}
