import Foundation
import Testing

/// Whether a file system can be mounted here that a program of ours serves.
let canMountFUSE = geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0

extension Programs {
  /// A FUSE mount that never answers statfs, and a node that has to tell how full it is.
  @Suite(.enabled(if: canMountFUSE, "needs root and /dev/fuse"))
  struct SilentMountTests {
    @Test func othersGoOnAndTheMountIsUnknown() async throws {
      let scratch = try Scratch()
      let services = ["df", "df_inode", "load"]
      let (node, port) = try await startNode(
        in: scratch, builtIn: services, settings: "",
        under: [Project.peer("silent-fuse"), "\(scratch.path)/silent"])

      let waiting = Task { try await onThread { try answers(of: port, to: ["fetch df"])[0] } }
      // While df waits, others are served at once.
      var quick = 0
      let end = ContinuousClock.now + .seconds(2)
      while ContinuousClock.now < end {
        let start = ContinuousClock.now
        let load = try answers(of: port, to: ["fetch load"])[0]
        #expect(load.first?.hasPrefix("load.value ") == true)
        #expect(ContinuousClock.now - start < .seconds(1))
        quick += 1
        // A peer that connects too often is refused.
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(quick >= 10)

      let first = values(in: try await waiting.value)
      #expect(first["/silent"] == "U", "\(first)")
      #expect(first.values.contains { $0 != "U" }, "\(first)")
      // From now on no plugin waits for it.
      let start = ContinuousClock.now
      let later = try answers(of: port, to: ["config df", "fetch df", "fetch df_inode"])
      #expect(ContinuousClock.now - start < .seconds(2))
      #expect(graphs(in: later[0])[""]?.fields.contains("silent") == true)
      #expect(values(in: later[1])["/silent"] == "U")
      #expect(values(in: later[2])["/silent"] == "U")
      let complaints = node.errors.split(separator: "\n").filter { $0.contains("no answer within") }
      #expect(complaints.count == 1 && complaints[0].contains("\(scratch.path)/silent"))

      // A thread that hangs in the kernel does not keep the node from ending.
      let ending = try await node.end()
      #expect(ending == .exit(0), "\(node.errors)")
    }

    /// Where no other file system is left, the answer is a timeout.
    @Test func aPluginWithNothingElseTimesOut() async throws {
      let scratch = try Scratch()
      let (node, port) = try await startNode(
        in: scratch, builtIn: ["df"],
        settings: "[df]\nenv.exclude_re .\nenv.include_re /silent$\n",
        under: [Project.peer("silent-fuse"), "\(scratch.path)/silent"])
      #expect(try answers(of: port, to: ["fetch df"])[0] == ["# Timed out"])
      #expect(try answers(of: port, to: ["fetch df"])[0] == ["# Timed out"])
      try await node.end()
    }
  }
}
