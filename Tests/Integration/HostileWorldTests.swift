import Foundation
import Testing

extension Programs {
  /// The released node among plugins and masters that do all they should not, at once.
  @Suite struct HostileWorldTests {
    private static let plugins = [
      "sleeps": "exec sleep 1000",
      "closes-stdout": "exec >&- 2>&-; exec sleep 1000",
      "ignores-TERM": "trap '' TERM HUP; while :; do sleep 1; done",
      "complains-for-ever": "exec yes no >&2",
      "prints-100-MB": "exec head -c 100000000 /dev/zero",
      "well": "echo well.value 1",
    ]

    @Test func othersAreServedInTime() async throws {
      let scratch = try Scratch()
      // A script written here could still be open in a child of another test, and could not be executed: so the
      // shell reads it, by way of `command`.
      var settings = ""
      for (name, body) in Self.plugins {
        let script = try scratch.write(
          """
          [ "$2" = config ] && { echo graph_title T; exit; }
          echo $$ >>\(scratch.path)/pids
          \(body)
          """, to: "scripts/\(name)")
        settings += "[\(name)]\ncommand /bin/sh \(script) %c\n"
        try FileManager.default.createSymbolicLink(
          atPath: scratch.place("plugins/\(name)"), withDestinationPath: "/bin/true")
      }
      try scratch.write(settings, to: "plugin-conf.d/all")
      let node = try await startNode(
        in: scratch, plugins: "\(scratch.path)/plugins",
        pluginSettings: "\(scratch.path)/plugin-conf.d")

      var masters: [Int32] = []
      var ended = false
      defer {
        for master in masters { close(master) }
        if !ended { for pid in pids(in: scratch) { kill(pid, SIGKILL) } }
      }
      for name in Self.plugins.keys where name != "well" {
        masters.append(try connectToLoopback(node.port))
        say("fetch \(name)\n", to: masters.last!)
      }
      let padding = String(repeating: " and", count: 200)
      for _ in 0..<8 {
        masters.append(try connectToLoopback(node.port))
        say(String(repeating: "config well\(padding)\n", count: 10_000), to: masters.last!)
        masters.append(try connectToLoopback(node.port))
        say(String(repeating: "x", count: 1 << 20), to: masters.last!)
        masters.append(try connectToLoopback(node.port))
        say("fetch we", to: masters.last!)
      }
      do {
        try await waiting(until: "every plugin to run") {
          scratch.read("pids").split(separator: "\n").count >= Self.plugins.count - 1
        }
      } catch {
        Issue.record("\(scratch.read("pids")) \(node.program.errors)")
        throw error
      }

      var slowest = Duration.zero
      for _ in 0..<50 {
        let start = ContinuousClock.now
        let text = try converse(with: node.port, "fetch well\nquit\n")
        slowest = max(slowest, ContinuousClock.now - start)
        let log = node.program.errors.suffix(2000)
        #expect(text == "# munin node at apus.example\nwell.value 1\n.\n", "\(log)")
      }
      #expect(slowest < .seconds(5))

      // Whatever still runs does not hold up the end, and ends with the node.
      #expect(try await node.program.end() == .exit(0))
      try await waiting(until: "the end of all plugins") {
        pids(in: scratch).allSatisfy { kill($0, 0) != 0 }
      }
      ended = true
    }

    private func pids(in scratch: Scratch) -> [pid_t] {
      scratch.read("pids").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// As much as the kernel takes.
    private func say(_ text: String, to node: Int32) {
      _ = send(node, text, text.utf8.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }
  }
}
