import Foundation
import Testing

extension Programs {
  /// What `make run` starts.
  @Suite struct DemoTests {
    /// A munin-node of the machine keeps its port; the demo takes another one.
    @Test func nodeAndCollectorRunUntilInterrupted() async throws {
      // Busy already, or busy now: either way 4949 is not to be had.
      let listener = try? listenOnLoopback(port: 4949)
      defer { if let listener { close(listener.socket) } }
      let scratch = try Scratch()
      let home = try scratch.place("home")
      let demo = try RunningProgram(
        Project.path("munin-conf/demo/run"), [Project.path(".build/release")], in: scratch,
        environment: ["APUS_HOME": home])
      let port = try await demo.waits(for: /node: 127\.0\.0\.1 port (\d+)/).1
      #expect(port != "4949")
      // A line for a cycle, some seconds later.
      _ = try await demo.waits(for: /\d\d:\d\d:\d\d .* values/)
      let answer = try converse(with: try #require(Int(port)), "list\nquit\n")
      #expect(answer.contains("memory"))
      try await waiting(until: "the first file of memory") {
        scratch.files(below: "home/data", ending: "-memory-apps-g.rrd").count == 1
      }

      // A trial must not fill a disk: the files have their full size from the first value on, and are most of the folder.
      let files = scratch.files(below: "home/data", ending: ".rrd")
      for file in files {
        let path = "\(scratch.path)/home/data/\(file)"
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(try #require(size) < 90_000, "\(file)")
      }
      let used = try await run("/usr/bin/du", ["-sk", home], in: scratch).output
      let kilobytes = try #require(used.split(separator: "\t").first.flatMap { Int($0) })
      #expect(kilobytes < 40_000, "\(files.count) files")

      // A second one would write the same files.
      let second = try await run(
        Project.path("munin-conf/demo/run"), [], in: scratch, environment: ["APUS_HOME": home])
      #expect(second.ending == .exit(1) && second.errors.contains("already running"))

      demo.send(SIGINT)
      #expect(try await demo.waits() == .exit(0))
      #expect(throws: Trouble.self) { try connectToLoopback(Int(port) ?? 0) }
      #expect(demo.errors.contains("apus-collector ends"))
      #expect(scratch.read("home/node.log").contains("apus-node ends"))
    }
  }
}
