import Foundation
import TestSupport
import Testing
import Text

/// The tz database of this machine.
func zone(_ name: String) throws -> ZoneFile {
  let file = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)"))
  return try ZoneFile(Array(file).span)
}

@Suite struct ZoneFileTests {
  static let names = [
    "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Moscow", "America/New_York",
    "America/St_Johns", "America/Sao_Paulo", "America/Asuncion", "America/Nuuk", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza", "Africa/Casablanca", "Africa/Monrovia",
    "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland", "Pacific/Chatham",
    "Pacific/Apia", "Antarctica/Troll", "UTC",
  ]

  /// Each change between 1900 and 2100 and the seconds around it, and times of any kind.
  @Test(arguments: names)
  func itSaysWhatDateSays(name: String) throws {
    let zone = try zone(name)
    var times = [-3_000_000_000, -2_208_988_800, 0, 1_795_226_594, 4_102_444_800, 7_900_000_000]
    var time = -2_208_988_800
    while let next = zone.offset(at: time).until, next < 4_102_444_800 {
      times += [next - 1, next, next + 1]
      time = next
    }
    var noise = Noise(7)
    times += (0..<200).map { _ in Int.random(in: 0...4_102_444_800, using: &noise) }
    let folder = try TemporaryFolder()
    let list = try folder.write("times", times.map { "@\($0)\n" }.joined())
    let date = try RunningProgram("/bin/date", ["-f", list, "+%::z"], environment: ["TZ": name])
      .end()
    // Where no offset is known, date has a minus.
    let theirs = date.output.split(separator: "\n").map { $0 == "-00:00:00" ? "+00:00:00" : $0 }
    let ours = times.map { time in
      let offset = zone.offset(at: time).offset
      let parts = [abs(offset) / 3600, abs(offset) / 60 % 60, abs(offset) % 60]
      return (offset < 0 ? "-" : "+")
        + parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
    #expect(theirs.count == times.count, "\(date.errors)")
    for (index, time) in times.enumerated() where theirs[index] != ours[index] {
      Issue.record("\(name) at \(time): date says \(theirs[index]), we say \(ours[index])")
    }
  }

  @Test func theNextChangeIsTold() throws {
    let berlin = try zone("Europe/Berlin")
    // 2026-03-29 01:00 and 2026-10-25 01:00 UTC; 2060 is long after the last time of the file.
    #expect(berlin.offset(at: 1_774_745_999) == (3600, 1_774_746_000))
    #expect(berlin.offset(at: 1_774_746_000) == (7200, 1_792_890_000))
    #expect(berlin.offset(at: 2_847_661_199) == (3600, 2_847_661_200))
    #expect(try zone("Asia/Kolkata").offset(at: 1_774_746_000) == (19_800, nil))
    #expect(ZoneFile.utc.offset(at: 5) == (0, nil))
  }

  @Test func aLocalTimeHasItsInstants() throws {
    let berlin = try zone("Europe/Berlin")
    // 2026-03-29 02:30 does not exist, 2026-10-25 02:30 does twice.
    let skipped = 1_774_751_400
    #expect(berlin.epoch(ofLocal: skipped, turn: .first) == 1_774_746_000)
    #expect(berlin.epoch(ofLocal: skipped, turn: .last) == 1_774_746_000)
    let twice = 1_792_895_400
    #expect(berlin.epoch(ofLocal: twice, turn: .first) == twice - 7200)
    #expect(berlin.epoch(ofLocal: twice, turn: .last) == twice - 3600)
    // A whole day was left out in Samoa: 2011-12-30.
    let samoa = try zone("Pacific/Apia")
    #expect(samoa.epoch(ofLocal: 1_325_203_200 + 43_200, turn: .first) == 1_325_239_200)
    #expect(ZoneFile(fixed: -3600).epoch(ofLocal: 0, turn: .last) == 3600)
  }

  @Test func everyLocalTimeComesBack() throws {
    for name in ZoneFileTests.names {
      let zone = try zone(name)
      var noise = Noise(3)
      for _ in 0..<500 {
        let time = Int.random(in: 0...4_102_444_800, using: &noise)
        let local = time + zone.offset(at: time).offset
        let first = zone.epoch(ofLocal: local, turn: .first)
        let last = zone.epoch(ofLocal: local, turn: .last)
        #expect(first <= time && time <= last, "\(name) \(time)")
        #expect(first + zone.offset(at: first).offset == local, "\(name) \(time)")
      }
    }
  }

  @Test func aFileThatIsNoZoneIsNamed() throws {
    #expect(throws: ZoneFileError.self) { try ZoneFile([UInt8]().span) }
    #expect(throws: ZoneFileError.self) { try ZoneFile(Array("hello".utf8).span) }
    let right = URL(fileURLWithPath: "/usr/share/zoneinfo/right/Europe/Berlin")
    if let data = try? Data(contentsOf: right) {
      do throws(ZoneFileError) {
        _ = try ZoneFile(Array(data).span)
        Issue.record("a zone with leap seconds was read")
      } catch {
        #expect(error.description.contains("leap seconds"))
      }
    }
  }

  @Test func hostileBytesGiveAZoneOrAnError() throws {
    var noise = Noise(11)
    let files = try ["Europe/Berlin", "Asia/Gaza", "UTC"].map {
      Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\($0)")))
    }
    var read = 0
    for round in 0..<3000 {
      let bytes = round % 10 == 0 ? noise.bytes(upTo: 300) : noise.damaged(files[round % 3])
      guard let zone = try? ZoneFile(bytes.span) else { continue }
      read += 1
      for time in [Int.min, -1, 0, 1_774_746_000, 8_000_000_000, Int.max] {
        let (offset, until) = zone.offset(at: time)
        #expect(abs(offset) <= 100_000)
        if let until, time > -62_000_000_000, time < 253_000_000_000 { #expect(until > time) }
        _ = zone.epoch(ofLocal: time, turn: .last)
      }
    }
    #expect(read > 10)
  }
}
