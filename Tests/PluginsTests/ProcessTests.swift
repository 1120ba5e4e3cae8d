import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

struct ProcessTests {
  private func stat(_ name: String, _ state: String, nice: Int = 0, threads: Int = 1) -> String {
    "1 (\(name)) \(state) 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 \(nice) \(threads) 0 5 4096 1\n"
  }

  private func values(_ plugin: String, _ host: PluginKit.Host) throws -> [String: String] {
    var reply = Reply()
    try local(plugin).values(on: host, into: &reply)
    let lines = reply.text.split(separator: "\n").map { $0.split(separator: " ") }
    return Dictionary(
      uniqueKeysWithValues: lines.map { (String($0[0].dropLast(6)), String($0[1])) })
  }

  private func machine(_ folder: TemporaryFolder) -> LittleMachine { LittleMachine(folder.path) }

  /// A name can look like the rest of the line.
  @Test(arguments: [
    "a", "", " ", "a b", ")", "(", ") R 1 (", ") R 1 1 1 1 (\nx", "\n", "\u{FFFD}",
    "exactly 15 byte",
  ])
  func aNameDoesNotMatter(name: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/1/stat", stat(name, "S", nice: -3, threads: 7))
    let plugin = try local("processes")
    let host = machine(folder).host(for: plugin)
    #expect(try values("processes", host)["sleeping"] == "1")
    #expect(try values("processes", host)["runnable"] == "0")
    #expect(try values("threads", host)["threads"] == "7")
    #expect(try values("proc_pri", host)["high"] == "1")
  }

  @Test(arguments: [
    "", "1", "1 (a", "1 (a)", "1 (a) S 0", "1 a S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 4096",
    "1 (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 4096",
    "1 (a) 5 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 4096 1",
    "1 (a) SS 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 4096 1",
    "1 (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 x 1 0 5 4096 1",
    "1 (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 - 1 0 5 4096 1",
    "1 (a) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 -1 0 5 4096 1",
  ])
  func aLineCutShortIsAnError(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/1/stat", text)
    var reply = Reply()
    let plugin = try local("processes")
    let error = #expect(throws: PluginError.self) {
      try plugin.values(on: machine(folder).host(for: plugin), into: &reply)
    }
    #expect(error?.source == "/proc/1/stat")
    #expect(reply.count == 0)
  }

  @Test func statesWithoutAFieldCountInTheSum() throws {
    let folder = try TemporaryFolder()
    for (pid, state) in ["S", "t", "P", "K", "x", "X", "W"].enumerated() {
      try folder.write("proc/\(pid + 1)/stat", stat("a", state))
    }
    let found = try values("processes", machine(folder).host(for: try local("processes")))
    #expect(found["processes"] == "7")
    #expect(found["stopped"] == "0" && found["dead"] == "1" && found["paging"] == "1")
  }

  /// A count of one's own processes alone would look like a machine at rest.
  @Test func hiddenProcessesAreAnErrorNotASmallNumber() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/4711/stat", stat("mine", "R"))
    let plugin = try local("threads")
    var reply = Reply()
    let error = #expect(throws: PluginError.self) {
      try plugin.values(on: machine(folder).host(for: plugin), into: &reply)
    }
    #expect("\(error!)".contains("hidepid"))
  }

  /// In a chroot without /proc nothing is hidden: nothing is there.
  @Test func withoutProcThatIsSaid() throws {
    let folder = try TemporaryFolder()
    try folder.write("proc/.keep", "")
    let plugin = try local("threads")
    var reply = Reply()
    let error = #expect(throws: PluginError.self) {
      try plugin.values(on: machine(folder).host(for: plugin), into: &reply)
    }
    #expect(
      error.map { "\($0)" }
        == "/proc: expected all processes, found none: /proc is not mounted")
  }

  @Test func threePluginsShareOneLook() throws {
    let folder = try TemporaryFolder()
    let buffer = ReadBuffer()
    let plugin = try local("processes")
    func host(at seconds: Double) -> PluginKit.Host {
      machine(folder).host(for: plugin, at: seconds, [:], buffer)
    }
    try folder.write("proc/1/stat", stat("a", "S", threads: 3))
    #expect(try values("processes", host(at: 10))["processes"] == "1")
    try folder.write("proc/2/stat", stat("b", "S", threads: 4))
    try folder.write("proc/2/status", "VmLck:\t12 kB\n")
    #expect(try values("threads", host(at: 10.9))["threads"] == "3")
    // Locked memory was not looked for yet.
    #expect(try values("proc_pri", host(at: 10.9))["locked"] == "1")
    #expect(try values("threads", host(at: 10.95))["threads"] == "7")
    try folder.remove("proc/2")
    #expect(try values("threads", host(at: 11.5))["threads"] == "7")
    #expect(try values("threads", host(at: 12))["threads"] == "3")
    // No failure is answered from an old look.
    try folder.write("proc/1/stat", "")
    #expect(throws: PluginError.self) { try values("threads", host(at: 14)) }
    #expect(throws: PluginError.self) { try values("threads", host(at: 14.1)) }
  }
}
