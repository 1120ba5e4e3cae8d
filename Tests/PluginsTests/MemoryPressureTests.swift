import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// `memory_pressure` on machines made for one question each.
struct MemoryPressureTests {
  @Test func pressureThatIsNotMeasuredIsLeftOut() throws {
    var files = ["proc/vmstat": "pgmajfault 5\n"]
    #expect(try MemoryMachine.fields("memory_pressure", files).keys.sorted() == ["major_faults"])
    files["proc/pressure/io"] =
      "some avg10=0.00 avg60=0.00 avg300=1.50 total=7\n"
      + "full avg10=0.00 avg60=0.00 avg300=0.25 total=3\n"
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    // It can be opened, but not read, as where the kernel does not measure.
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/proc/pressure/memory", withIntermediateDirectories: true)
    let fields = try MemoryMachine.fields("memory_pressure", LittleMachine(folder.path))
    #expect(
      fields.keys.sorted() == [
        "io_full", "io_full_avg300", "io_some", "io_some_avg300", "major_faults",
      ])
    #expect(fields["io_full"]?.readings.first?.text == "3")
    #expect(fields["io_some_avg300"]?.readings.first?.text == "1.50")
  }

  @Test(arguments: [
    "\n", "some\n", "some avg300=1.00\n", "some total=5\n", "some avg300=x total=5\n",
    "some avg300=1.00 total=-5\n", "some avg300=101.5 total=5\n", "some avg300=-1 total=5\n",
    "some avg300=nan total=5\n", "some avg300=1.00 total=99999999999999999999\n",
    "some avg300=1.00 total=5\nfull\n", "full avg300=1.00 total=5\n", "some avg300= total=\n",
  ])
  func pressureWithoutSenseIsNamed(text: String) throws {
    let files = ["proc/pressure/memory": text, "proc/vmstat": "pgmajfault 5\n"]
    let fields = try MemoryMachine.fields("memory_pressure", files)
    #expect(fields["memory_full"]?.readings == [.unknown])
    #expect(fields["memory_some_avg300"]?.readings == [.unknown])
    #expect(fields["major_faults"]?.readings.first?.text == "5")
    let complaint = try MemoryMachine.complaint("memory_pressure", files)
    #expect(complaint?.hasPrefix("/proc/pressure/memory: expected lines 'some ") == true)
  }

  @Test func countsOfAllZonesAreOne() throws {
    let vmstat =
      "allocstall_dma 1\nallocstall_normal 20\nallocstall_movable 300\n"
      + "workingset_refault_anon 4\nworkingset_refault_file 50\nworkingset_activate 9\noom_kill 2\n"
    let fields = try MemoryMachine.fields("memory_pressure", ["proc/vmstat": vmstat])
    let values = fields.mapValues { $0.readings.first?.text }
    #expect(values == ["stalls": "321", "refaults": "54", "oom_kills": "2"])
    #expect(fields["oom_kills"]?.warning == ":0")
  }

  /// A counter that the kernel prints with a sign goes on; differences of its values are right.
  @Test func aSignedCountGoesOn() throws {
    func faults(_ words: String) throws -> UInt64 {
      let fields = try MemoryMachine.fields(
        "memory_pressure", ["proc/vmstat": "pgmajfault \(words)\n"])
      return try #require((fields["major_faults"]?.readings.first?.text).flatMap { UInt64($0) })
    }
    let later = try faults("-2049562273")
    let earlier = try faults("-2049562300")
    #expect(later &- earlier == 27)
    #expect(try faults("4294967295") == 4_294_967_295)
  }
}
