import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

struct DiskTests {
  // MARK: df

  private func fields(
    _ settings: [String: String], on machine: String = "linux-4.19", of name: String = "df"
  ) throws -> [String] {
    let plugin = try local(name)
    let host = LittleMachine("\(fixtures)/\(name)/\(machine)").host(for: plugin, settings)
    return try plugin.graphs(on: host)[0].fields.map(\.name)
  }

  @Test(arguments: [
    (["exclude_re": "^/run"], ["_dev_mapper_vg__one_root", "_dev_shm", "_dev_sdb1", "_dev_sdc1"]),
    (
      ["exclude_re": "^/run ^/dev", "include_re": "lock$ sdb1"], ["_run_lock", "_dev_sdb1"]
    ),
    (["exclude": "tmpfs ext4 fuseblk squashfs devtmpfs"], ["_dev_sdb1"]),
    // The list of munin's is gone with the setting, not added to.
    (
      ["exclude": "tmpfs ext4 fuseblk xfs"], ["_dev", "_dev_loop1"]
    ),
  ])
  func fileSystemsCanBeChosen(settings: [String: String], expected: [String]) throws {
    #expect(try fields(settings) == expected)
  }

  @Test(arguments: ["(", "a ( b", "[z-a]"])
  func aBrokenPatternIsNamed(pattern: String) throws {
    let error = #expect(throws: PluginError.self) { try fields(["exclude_re": pattern]) }
    #expect(error?.source == "env.exclude_re")
  }

  @Test func thresholdsOfDiskUsage() throws {
    let plugin = try local("df")
    let machine = LittleMachine("\(fixtures)/df/linux-4.19")
    let graph = try plugin.graphs(
      on: machine.host(for: plugin, ["_dev_sdb1_warning": "50", "critical": "99"]))[0]
    #expect(graph.field("_dev_sdb1")?.warning == "50")
    #expect(graph.field("_dev_sdc1")?.warning == "92")
    #expect(graph.field("_dev_sdc1")?.critical == "99")
  }

  /// What is kept from fetch to fetch is made anew when something is mounted.
  @Test func aNewMountIsSeen() throws {
    let folder = try TemporaryFolder()
    let buffer = ReadBuffer()
    let plugin = try local("df")
    try folder.write("statvfs.txt", "/ 10 5 5 0 0\n/a 10 2 2 0 0\n")
    func values() throws -> String {
      var reply = Reply()
      try plugin.values(
        on: LittleMachine(folder.path).host(for: plugin, [:], buffer), into: &reply)
      return reply.text
    }
    try folder.write("proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n")
    #expect(try values() == "_dev_sda1.value 50\n")
    try folder.write(
      "proc/self/mountinfo",
      "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n")
    #expect(try values() == "_dev_sda1.value 50\n_dev_sda2.value 80\n")
    // Something is mounted over both.
    try folder.write(
      "proc/self/mountinfo",
      "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n"
        + "3 1 0:9 / / rw - tmpfs tmpfs rw\n")
    #expect(try values() == "_.value 50\n")
  }

  // MARK: diskstats

  /// One disk whose reads are given at some times; the answer is the reads per second at each.
  private func rates(_ story: [(seconds: Double, reads: Int)]) throws -> [String] {
    let folder = try TemporaryFolder()
    let buffer = ReadBuffer()
    let plugin = try local("diskstats")
    return try story.map { moment in
      try folder.write(
        "proc/diskstats", "8 0 sda \(moment.reads) 0 \(moment.reads * 8) 0 0 0 0 0 0 0 0\n")
      var reply = Reply()
      let host = LittleMachine(folder.path).host(for: plugin, at: moment.seconds, [:], buffer)
      try plugin.values(on: host, into: &reply)
      let line = try #require(
        reply.text.split(separator: "\n").first { $0.hasPrefix("sda_rdio.value ") })
      return String(line.dropFirst(15))
    }
  }

  /// Looks as `seconds:reads`, and what each finds.
  @Test(arguments: [
    // The first has nothing to compare with.
    ("0:100", "U"),
    ("0:100 300:400", "U 1"),
    // Too near to say anything; near, but honest.
    ("0:100 0.5:400 2:500", "U U 200"),
    // Of several looks, the one nearest to five minutes ago.
    ("0:1 100:101 200:1001 400:2001 450:3501", "U 1 5 6.33333333333333 9.71428571428571"),
    // A pause: the only look there is.
    ("0:1 7200:7201", "U 1"),
    // Somebody impatient does not push out the old looks.
    ("0:1 290:291 295:296 299:300 300:301", "U 1 1 1 1"),
    // The counter went back: another disk by that name.
    ("0:1000 300:5 600:305", "U U 1"),
  ])
  func ratesAreOfTheLastFiveMinutes(story: String, expected: String) throws {
    let looks = story.split(separator: " ").map { look in
      let parts = look.split(separator: ":")
      return (seconds: Double(parts[0])!, reads: Int(parts[1])!)
    }
    #expect(try rates(looks).joined(separator: " ") == expected)
  }

  @Test func aMappedDeviceWithAnotherNameIsAnotherDevice() throws {
    let folder = try TemporaryFolder()
    let buffer = ReadBuffer()
    let plugin = try local("diskstats")
    func answer(_ name: String, _ reads: Int, at seconds: Double) throws -> String {
      try folder.write("proc/diskstats", "253 0 dm-0 \(reads) 0 8 0 0 0 0 0 0 0 0\n")
      try folder.write("sys/block/dm-0/dm/name", name + "\n")
      try folder.write("dev/mapper/" + name, "")
      var reply = Reply()
      try plugin.values(
        on: LittleMachine(folder.path).host(for: plugin, at: seconds, [:], buffer), into: &reply)
      return String(reply.text.split(separator: "\n").first { $0.contains("_rdio") } ?? "")
    }
    #expect(try answer("a", 100, at: 0) == "mapper_a_rdio.value U")
    #expect(try answer("a", 400, at: 300) == "mapper_a_rdio.value 1")
    #expect(try answer("b", 9000, at: 600) == "mapper_b_rdio.value U")
    #expect(try answer("b", 9300, at: 900) == "mapper_b_rdio.value 1")
  }

  @Test(arguments: [
    (["include_only": "md1,lv-root"], ["md1", "vg_one_lv_root"]),
    (["include_only": "/dev/nvme0n1"], ["nvme0n1"]),
    (["exclude": "dm-, md"], ["nvme0n1"]),
    (["exclude": "mapper/luks"], ["md1", "nvme0n1", "vg_one_lv_root", "dm_2"]),
  ])
  func disksCanBeChosen(settings: [String: String], expected: [String]) throws {
    let plugin = try local("diskstats")
    let host = LittleMachine("\(fixtures)/diskstats/linux-4.19").host(for: plugin, settings)
    let graphs = try plugin.graphs(on: host)
    let throughput = try #require(graphs.first { $0.name == "diskstats_throughput" })
    #expect(
      throughput.fields.map(\.name).filter { $0.hasSuffix("_rdbytes") }
        == expected.map { $0 + "_rdbytes" })
    var reply = Reply()
    try plugin.values(on: host, into: &reply)
    for name in expected { #expect(reply.text.contains("diskstats_iops.\(name)\n")) }
    #expect(
      reply.text.split(separator: "\n").count { $0.hasPrefix("multigraph diskstats_iops.") }
        == expected.count)
  }

  @Test func bothChoicesAtOnceAreAnError() throws {
    let plugin = try local("diskstats")
    let host = LittleMachine("\(fixtures)/diskstats/linux-4.19").host(
      for: plugin, ["include_only": "a", "exclude": "b"])
    #expect(throws: PluginError.self) { try plugin.graphs(on: host) }
  }

  @Test func graphsGrowWithTheNamesOrTheNamesAreCut() throws {
    let folder = try TemporaryFolder()
    let plugin = try local("diskstats")
    try folder.write(
      "proc/diskstats", "8 0 a-disk-with-a-name-of-31-letters 1 0 8 0 0 0 0 0 0 0 0\n")
    func graph(_ settings: [String: String]) throws -> Graph {
      try plugin.graphs(on: LittleMachine(folder.path).host(for: plugin, settings))[3]
    }
    #expect(try graph([:])["graph_width"] == "550")
    #expect(try graph(["trim_labels": "yes"])["graph_width"] == "400")
    #expect(try graph(["trim_labels": "yes"]).fields[0].label == "..etters")
    #expect(try graph(["graph_width": "700"])["graph_width"] == "700")
  }

  /// Autoconf is the first look, so that a restarted node has something to compare with.
  @Test func theFirstQuestionAfterAStartHasAnAnswer() throws {
    let plugin = try local("diskstats")
    let buffer = ReadBuffer()
    let machine = LittleMachine("\(fixtures)/diskstats/linux-6.18")
    #expect(
      plugin.autoconf(
        on: LittleMachine(machine.root + "/earlier").host(for: plugin, at: 1000, [:], buffer))
        == .yes)
    var reply = Reply()
    try plugin.values(on: machine.host(for: plugin, at: 1200, [:], buffer), into: &reply)
    #expect(reply.text.contains("vda_rdio.value 5\n"))
  }
}
