import Foundation
import MuninWire
import PluginKit
import TestSupport
import Testing

/// Each file that the plugins for memory read, full of noise or nearly right: lines, or an error that names
/// what was read, never a trap.
struct MemoryNoiseTests {
  @Test(arguments: [
    ("memory_available", "linux-6.18", "proc/meminfo"),
    ("memory_available", "container", "proc/self/cgroup"),
    ("memory_available", "container-v1", "proc/self/cgroup"),
    ("memory_available", "container-v1", "proc/1/cgroup"),
    ("memory_available", "container-v1", "proc/self/mountinfo"),
    ("memory_available", "container", "sys/fs/cgroup/memory.max"),
    ("memory_available", "container", "sys/fs/cgroup/memory.current"),
    ("memory_available", "container", "sys/fs/cgroup/memory.stat"),
    ("memory_available", "container", "sys/fs/cgroup/memory.swap.current"),
    ("memory_pressure", "linux-6.18", "proc/pressure/memory"),
    ("memory_pressure", "linux-6.18", "proc/vmstat"),
    ("memory_pressure", "container", "sys/fs/cgroup/cpu.pressure"),
    ("memory_pressure", "container", "sys/fs/cgroup/memory.events"),
    ("swap_usage", "linux-4.19", "proc/swaps"),
    ("swap_usage", "linux-4.19", "sys/block/zram0/mm_stat"),
    ("swap_usage", "linux-5.10", "sys/block/dm-1/dm/name"),
    ("tmpfs", "linux-6.18", "proc/self/mountinfo"), ("tmpfs", "linux-6.18", "proc/sysvipc/shm"),
  ])
  func isSurvived(plugin: String, machine: String, file: String) throws {
    let folder = try TemporaryFolder()
    try copy("\(fixtures)/\(plugin)/\(machine)", to: "\(folder.path)/machine")
    let built = try local(plugin)
    let little = LittleMachine("\(folder.path)/machine")
    let path = "\(little.root)/\(file)"
    let sane = [UInt8](try #require(FileManager.default.contents(atPath: path)))
    var noise = Noise(UInt64(file.utf8.reduce(0) { $0 &* 31 &+ Int($1) }.magnitude))
    let pieces = [
      "max", "\n", " ", ":", "/", "0::", "memory", "18446744073709551615", "-1", "\\040", "\\134",
      "some avg300=", " total=", "full ", "kB", "MemTotal:", "Filename\n", "/dev/zram0",
      " - tmpfs ",
      "..", "rss", "swap", ".service", ",", "rw", "\0",
    ]
    for round in 0..<60 {
      let text =
        switch round % 4 {
        case 0: noise.bytes(Int.random(in: 0...200, using: &noise))
        case 1: noise.text(of: pieces, count: 50)
        default: noise.damaged(sane)
        }
      try Data(text).write(to: URL(fileURLWithPath: path))
      let host = little.host(for: built)
      var reply = Reply()
      do throws(PluginError) {
        try built.values(on: host, into: &reply)
        let answer = FetchAnswer(reply.bytes.span, service: plugin)
        #expect(answer.faults.isEmpty, "\(reply.text)")
        #expect(!reply.bytes.isEmpty)
        #expect((reply.takeComplaint() ?? "").utf8.count < 1000)
        var config = Reply()
        for graph in try built.graphs(on: host) {
          config.append(graph, multigraph: built.isMultigraph)
        }
        let graphs = ConfigAnswer(config.bytes.span, service: plugin)
        #expect(graphs.faults.isEmpty, "\(config.text)")
        #expect(
          Set(graphs.graphs.flatMap(\.fields).map(\.name))
            == Set(answer.graphs.flatMap(\.values).map(\.field)))
      } catch {
        #expect(error.source.hasPrefix("/"))
        #expect("\(error)".utf8.count < 500)
      }
      _ = built.autoconf(on: host)
    }
  }

  private func copy(_ from: String, to: String) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: to, withIntermediateDirectories: true)
    for name in try files.contentsOfDirectory(atPath: from) {
      let source = URL(fileURLWithPath: "\(from)/\(name)").resolvingSymlinksInPath().path
      try files.copyItem(atPath: source, toPath: "\(to)/\(name)")
    }
  }
}
