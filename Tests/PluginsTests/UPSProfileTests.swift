import EventLoop
import Foundation
import MuninWire
import PluginKit
import TestSupport
import Testing

@testable import Plugins

/// What a node remembers of a UPS over its restarts.
struct UPSProfileTests {
  private static let device = "nut 127.0.0.1 - eaton"

  private static func reading(_ model: String = "5PX") -> UPSReading {
    var reading = UPSReading(source: "test")
    reading.state = .onLine
    reading.maker = "EATON"
    reading.model = model
    for phase in 0..<3 { reading.take(.input, 230 + Double(phase), phase: phase) }
    reading.take(.charge, 90)
    reading.take(.transferLow, 184)
    reading.take(.transferHigh, 264.5)
    reading.take(.lowRuntime, 600)
    reading.take(.inputFrequency, 49.9)
    return reading
  }

  @Test func aProfileIsReadAsItWasWritten() throws {
    let profile = UPSProfile(Self.reading())
    let text = profile.text(of: Self.device)
    #expect(
      text == """
        apus-ups 1
        device nut 127.0.0.1 - eaton
        title EATON 5PX
        low_runtime 600.0
        mains 184.0 264.5
        frequency 50.0
        phase 1
        phase 2
        phase 3
        field charge 1
        field input 1
        field input 2
        field input 3
        field inputFrequency 1

        """)
    #expect(try UPSProfile(text: text, of: Self.device) == profile)
    let error = #expect(throws: UPSProfile.BadLine.self) {
      try UPSProfile(text: text, of: "snmp 10.0.0.7 - ")
    }
    #expect(
      error.map { "\($0)" }
        == "2: expected 'device snmp 10.0.0.7 - ', found 'device nut 127.0.0.1 - eaton'")
  }

  @Test(arguments: [
    ("", "0: expected a file that ends with a line, found ''"),
    ("apus-ups 1\n", "2: expected the device, found ''"),
    ("apus-ups 2\ndevice x\n", "1: expected 'apus-ups 1', found 'apus-ups 2'"),
    ("apus-ups 1\nfield charge 1\n", "2: expected the device, found 'field charge 1'"),
    (
      "apus-ups 1\ndevice D\nfield charge",
      "0: expected a file that ends with a line, found 'evice D field charge'"
    ),
    (
      "apus-ups 1\ndevice D\nfield charge\n",
      "3: expected title, low_runtime, mains, frequency, phase or field, found 'field charge'"
    ),
    (
      "apus-ups 1\ndevice D\nfield charge 2\n",
      "3: expected a quantity and a phase from 1 to 3, found 'field charge 2'"
    ),
    (
      "apus-ups 1\ndevice D\nfield input 4\n",
      "3: expected a quantity and a phase from 1 to 3, found 'field input 4'"
    ),
    (
      "apus-ups 1\ndevice D\nfield volts 1\n",
      "3: expected a quantity and a phase from 1 to 3, found 'field volts 1'"
    ),
    ("apus-ups 1\ndevice D\nphase 0\n", "3: expected a phase from 1 to 3, found 'phase 0'"),
    ("apus-ups 1\ndevice D\nmains 253 207\n", "3: expected two voltages, found 'mains 253 207'"),
    ("apus-ups 1\ndevice D\nmains 207 nan\n", "3: expected two voltages, found 'mains 207 nan'"),
    ("apus-ups 1\ndevice D\nfrequency 55\n", "3: expected 50 or 60 Hz, found 'frequency 55'"),
    ("apus-ups 1\ndevice D\nlow_runtime -1\n", "3: expected seconds, found 'low_runtime -1'"),
    (
      "apus-ups 1\ndevice D\ntitle a\u{1B}[31m\n",
      "3: expected a title without control characters, found 'title a\\x1b[31m'"
    ),
  ])
  func aDamagedFileIsNamed(text: String, reason: String) {
    var found: String?
    do throws(UPSProfile.BadLine) {
      _ = try UPSProfile(text: text, of: "D")
    } catch {
      found = error.description
    }
    #expect(found == reason)
  }

  @Test func noiseIsNoTrap() {
    var noise = Noise(7)
    let whole = Array(UPSProfile(Self.reading()).text(of: "D").utf8)
    for _ in 0..<2000 {
      let text = String(decoding: noise.damaged(whole), as: UTF8.self)
      guard let profile = try? UPSProfile(text: text, of: "D") else { continue }
      _ = UPSGraphs.graphs("ups_", profile, on: Host(service: "ups_a"))
    }
  }

  @Test func anotherModelIsAnotherDevice() {
    var profile = UPSProfile(Self.reading())
    var next = UPSReading(source: "test")
    next.take(.load, 10)
    profile.learn(from: next)
    #expect(profile.title == "EATON 5PX")
    #expect(profile.fields.count == 6)
    next.model = "9PX"
    next.maker = "EATON"
    profile.learn(from: next)
    #expect(profile == UPSProfile(next))
  }

  // MARK: The file

  /// A process of the node: its answer for a device that gives `reading`, or none.
  private func process(
    _ folder: TemporaryFolder, _ reading: UPSReading?, looks: Int = 1,
    settings: [String: String] = [:]
  ) async throws -> (graphs: [String?], reply: String, complaint: String?) {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 1_795_521_600)
      let device = UPSParkTests.Device(
        reading.map { .success($0) } ?? .failure(UPSFailure("a: no answer")))
      let plugin = UPS(clock: clock) { _ throws(UPSFailure) in device }
      var words = settings
      words["MUNIN_PLUGSTATE"] = folder.path + "/state/munin"
      let host = Host(service: "ups_a", settings: words)
      var reply = Reply()
      for _ in 0..<looks {
        reply = Reply()
        try await plugin.values(on: host, into: &reply)
        clock.advance(by: .seconds(31))
      }
      let graphs = try await plugin.graphs(on: host).map(\.name)
      return (graphs, reply.text, reply.takeComplaint())
    }
  }

  @Test func theFileIsWrittenOnlyWhenItChanges() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/state/munin/ups_a.device"
    _ = try await process(folder, nil)
    #expect(!exists(file))
    _ = try await process(folder, Self.reading(), looks: 3)
    #expect(exists(file))
    #expect(files(in: folder.path + "/state/munin") == ["ups_a.device"])
    // What is written again has a new inode: a file is replaced, never changed.
    let first = inode(file)
    _ = try await process(folder, Self.reading(), looks: 3)
    _ = try await process(folder, nil, looks: 2)
    #expect(inode(file) == first)
    var more = Self.reading()
    more.take(.load, 12)
    _ = try await process(folder, more)
    #expect(inode(file) != first)
  }

  @Test func aDeadDeviceHasTheFieldsOfTheProcessBefore() async throws {
    let folder = try TemporaryFolder()
    let alive = try await process(folder, Self.reading())
    let dead = try await process(folder, nil)
    #expect(dead.graphs == alive.graphs)
    #expect(dead.reply.contains("input_voltage_3.value U\n"))
    #expect(dead.complaint == "a: no answer")
    // The service asks another machine now: what is known is not of that.
    let other = try await process(folder, nil, settings: ["host": "10.0.0.9"])
    #expect(!other.reply.contains("input_voltage_3"))
  }

  @Test func aPhaseThatWasSeenBeforeARestartIsMissed() async throws {
    let folder = try TemporaryFolder()
    _ = try await process(folder, Self.reading())
    var reading = Self.reading()
    reading.take(.input, 0, phase: 1)
    reading.take(.input, 0, phase: 2)
    let later = try await process(folder, reading)
    #expect(later.reply.contains("input_phase_lost.value 1\n"))
    #expect(later.reply.contains("input_voltage_2.value 0\n"))
    #expect(later.reply.contains("state.value 3\n"))
  }

  @Test func aDamagedFileIsToldOnceAndReplaced() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("state/munin/ups_a.device", "apus-ups 9\n")
    let dead = try await process(folder, nil)
    #expect(
      dead.complaint
        == "a: no answer; \(file):1: expected 'apus-ups 1', found 'apus-ups 9'; starting without")
    _ = try await process(folder, Self.reading())
    #expect(try await process(folder, nil).complaint == "a: no answer")
    // More than any profile has.
    try folder.write("state/munin/ups_a.device", String(repeating: "phase 1\n", count: 5000))
    #expect(
      try await process(folder, nil).complaint
        == "a: no answer; \(file): expected at most 8192 bytes, found more; starting without")
  }

  /// What stands in the file's place is named, and nothing waits for it.
  @Test(arguments: [("folder", "a folder"), ("fifo", "a FIFO"), ("link", "a symbolic link")])
  func whatIsNoFileIsTold(kind: String, words: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/state/munin/ups_a.device"
    try folder.write("state/munin/other", "apus-ups 1\n")
    switch kind {
    case "folder": try folder.write("state/munin/ups_a.device/x", "")
    case "fifo": mkfifo(path, 0o600)
    default: try folder.link("state/munin/ups_a.device", to: folder.path + "/state/munin/other")
    }
    #expect(
      try await process(folder, nil).complaint
        == "a: no answer; \(path): expected a regular file, found \(words); starting without")
  }

  /// After a change of the host, say: what was kept of another device does not count, and its owner is told.
  @Test func theFileOfAnotherDeviceIsTold() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("state/munin/ups_a.device", "apus-ups 1\ndevice nut old - a\n")
    let complaint = try await process(folder, nil).complaint ?? ""
    #expect(complaint.hasPrefix("a: no answer; \(file):2: expected 'device "), "\(complaint)")
    #expect(complaint.hasSuffix("', found 'device nut old - a'; starting without"))
  }
}

private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

private func inode(_ path: String) -> UInt64? {
  try? FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64
}
