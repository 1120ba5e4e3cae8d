import Foundation
import MuninWire
import PluginKit
import Plugins
import TestSupport
import Testing

/// Limits of control groups, as `memory_available` shows them.
struct ControlGroupTests {
  @Test func theTightestGroupCounts() throws {
    // The outer group has the smaller limit, and hardly anything left.
    let fields = try MemoryMachine.fields(
      "memory_available", LittleMachine("\(fixtures)/memory_available/container-v1"))
    #expect(fields["free"]?.readings.first?.text == "\(1_073_741_824 - 986_710_016)")
    #expect(fields["available"]?.warning == "107374182:")
    #expect(fields["free"]?.warning == nil && fields["cached"]?.warning == nil)
  }

  /// Groups of the second version: own, parent; each with a limit, what it uses and what of that is cache.
  private func machine(
    _ own: (max: String, high: String, current: Int, files: Int),
    _ parent: (max: String, high: String, current: Int, files: Int), path: String = "/a/b",
    first: String = "/a/b"
  ) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      "proc/meminfo", "MemTotal: 1000000 kB\nMemFree: 900000 kB\nMemAvailable: 950000 kB\n")
    try folder.write("proc/self/cgroup", "0::\(path)\n")
    try folder.write("proc/1/cgroup", "0::\(first)\n")
    try folder.write(
      "proc/self/mountinfo",
      "30 1 0:2 / / rw - ext4 /dev/a rw\n31 30 0:9 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    let inner = "sys/fs/cgroup\(path)"
    let outer = String(inner[..<inner.lastIndex(of: "/")!])
    for (place, group) in [(inner, own), (outer, parent)] {
      try folder.write("\(place)/memory.max", group.max + "\n")
      try folder.write("\(place)/memory.high", group.high + "\n")
      try folder.write("\(place)/memory.current", "\(group.current)\n")
      try folder.write(
        "\(place)/memory.stat",
        "file \(group.files)\nshmem 0\ninactive_file 0\nactive_file \(group.files)\n")
    }
    return folder
  }

  @Test(arguments: [
    // No limit anywhere.
    ("max", "max", 5, 0, "max", "max", 5, 0, 972_800_000, 1_024_000_000),
    // The own one.
    ("10000", "max", 4000, 1000, "max", "max", 5000, 0, 7000, 10000),
    // Whoever is above high is held up.
    ("10000", "8000", 4000, 1000, "max", "max", 5000, 0, 5000, 8000),
    // The parent's is larger, but others have used it up.
    ("10000", "max", 4000, 1000, "20000", "max", 19000, 500, 1500, 10000),
    // Both have one, and the own is the tighter.
    ("10000", "max", 9500, 0, "20000", "max", 12000, 0, 500, 10000),
    // More in use than is allowed, as for an instant it may be.
    ("10000", "max", 12000, 0, "max", "max", 12000, 0, 0, 10000),
    // More than the machine has is no limit.
    ("2000000000", "max", 4000, 0, "max", "max", 5000, 0, 972_800_000, 1_024_000_000),
  ])
  func limitsBoundWhatIsAvailable(
    max: String, high: String, current: Int, files: Int, parentMax: String, parentHigh: String,
    parentCurrent: Int, parentFiles: Int, available: Int, whole: Int
  ) throws {
    let folder = try machine(
      (max, high, current, files), (parentMax, parentHigh, parentCurrent, parentFiles))
    let fields = try MemoryMachine.fields("memory_available", LittleMachine(folder.path))
    #expect(fields["available"]?.readings.first?.text == "\(available)")
    #expect(fields["available"]?.critical == "\(whole / 20):")
  }

  /// In the first version a group above may not count what is in its groups: then its limit is none of theirs.
  @Test(arguments: [("1\n", 7000), ("0\n", 9000), (nil, 7000)])
  func onlyGroupsThatCountTheirOwnBound(flag: String?, available: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "proc/meminfo", "MemTotal: 1000000 kB\nMemFree: 900000 kB\nMemAvailable: 950000 kB\n")
    try folder.write("proc/self/cgroup", "3:cpu,memory:/a/b\n0::/\n")
    try folder.write(
      "proc/self/mountinfo",
      "31 30 0:8 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
        + "32 30 0:9 / /sys/fs/cgroup/m rw - cgroup cgroup rw,cpu,memory\n")
    for (group, limit) in [("a/b", 10000), ("a", 8000)] {
      try folder.write("sys/fs/cgroup/m/\(group)/memory.limit_in_bytes", "\(limit)\n")
      try folder.write("sys/fs/cgroup/m/\(group)/memory.usage_in_bytes", "1000\n")
      try folder.write(
        "sys/fs/cgroup/m/\(group)/memory.stat", "total_inactive_file 0\ntotal_active_file 0\n")
    }
    if let flag { try folder.write("sys/fs/cgroup/m/a/memory.use_hierarchy", flag) }
    let fields = try MemoryMachine.fields("memory_available", LittleMachine(folder.path))
    #expect(fields["available"]?.readings.first?.text == "\(available)")
  }

  /// `MemoryMax=` in the unit of the node bounds the node, not the machine.
  @Test func aLimitOfTheNodesOwnServiceIsNotTheMachines() throws {
    let path = "/system.slice/apus-node.service"
    let folder = try machine(
      ("10000", "max", 5, 0), ("max", "max", 5, 0), path: path, first: "/init.scope")
    let machine = LittleMachine(folder.path)
    let value = { (fields: [String: Field]) in fields["available"]?.readings.first?.text }
    #expect(try value(MemoryMachine.fields("memory_available", machine)) == "972800000")
    #expect(
      try value(MemoryMachine.fields("memory_available", machine, ["cgroup": "yes"])) == "9995")
    // In a container of which process 1 is that service it is the container's.
    try folder.write("proc/1/cgroup", "0::\(path)\n")
    #expect(try value(MemoryMachine.fields("memory_available", machine)) == "9995")
    #expect(
      try value(MemoryMachine.fields("memory_available", machine, ["cgroup": "no"])) == "972800000")
    // Process 1 is hidden (hidepid): from a node without rights on a machine, hardly in a container.
    try folder.remove("proc/1")
    #expect(try value(MemoryMachine.fields("memory_available", machine)) == "972800000")
  }

  @Test(arguments: [
    ("memory.max", "many\n"), ("memory.max", ""), ("memory.max", "-1\n"), ("memory.high", "1e3\n"),
    ("memory.current", "max\n"), ("memory.current", "\n"), ("memory.current", nil),
    ("memory.stat", "anon 5\n"), ("memory.stat", "inactive_file 5\nactive_file x\n"),
    ("memory.stat", nil),
  ])
  func aFileOfAGroupWithoutSenseIsNamed(file: String, text: String?) throws {
    let folder = try machine(("10000", "max", 5, 0), ("max", "max", 5, 0))
    let path = "sys/fs/cgroup/a/b/\(file)"
    if let text {
      try folder.write(path, text)
    } else {
      try FileManager.default.removeItem(atPath: "\(folder.path)/\(path)")
    }
    let machine = LittleMachine(folder.path)
    let complaint = try MemoryMachine.complaint("memory_available", machine)
    #expect(complaint?.hasPrefix("/\(path): expected ") == true)
    // Nobody knows what is left, and nobody is told a number.
    let fields = try MemoryMachine.fields("memory_available", machine)
    for name in ["available", "free"] {
      #expect(fields[name]?.readings == [.unknown] && fields[name]?.warning == nil)
    }
  }

  @Test func aPathThatClimbsOutNamesNoGroup() throws {
    let folder = try machine(("10000", "max", 5, 0), ("max", "max", 5, 0))
    try folder.write("proc/self/cgroup", "0::/../../a/b\n")
    let fields = try MemoryMachine.fields("memory_available", LittleMachine(folder.path))
    #expect(fields["available"]?.critical == "51200000:")
  }
}
