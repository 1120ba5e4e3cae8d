import EventLoop
import Glibc
import TestSupport
import Testing

/// Plugins that do what no plugin should, each in a node that serves other masters meanwhile.
extension NodeServerTests {
  /// Asks as another master would, again and again: each time the answer is there, and all of them soon.
  @LoopActor
  func othersAreServed(by address: SocketAddress, times: Int = 20) async throws {
    let start = ContinuousClock.now
    for _ in 0..<times {
      let text = try await answer(address, "fetch load\n")
      #expect(text == "# munin node at web01.example.com\nload.value 0.26\n.\n")
    }
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  /// Well when the node reads its config.
  private static let config = "[ \"$1\" = config ] && { echo graph_title T; exit; }\n"

  /// What the others ask: an outside plugin too.
  private static let load = "echo load.value 0.26"

  /// Those that come to an end: name, body of the script, answer.
  private static let ending: [(name: String, body: String, answer: String)] = [
    ("prints-nothing", "exit 0", ".\n"),
    ("prints-a-lone-dot", "echo .; echo a.value 1", "a.value 1\n.\n"),
    ("prints-half-a-line", "printf 'a.value 1\\nb.val'", "a.value 1\nb.val\n.\n"),
    ("prints-nul", "printf 'a.value 1\\0\\n'", "a.value 1\0\n.\n"),
    (
      "prints-garbage", "printf '\\377\\376\\001\\n\\r\\033[2J'",
      "\u{FFFD}\u{FFFD}\u{1}\n\u{1B}[2J\n.\n"
    ),
    ("prints-100-MB", "exec head -c 100000000 /dev/zero", "# Bad exit\n.\n"),
    ("complains-100-MB", "head -c 100000000 /dev/zero >&2; echo a.value 1", "# Bad exit\n.\n"),
    ("ends-by-a-signal", "echo a.value 1; kill -KILL $$", "# Bad exit\n.\n"),
    ("ends-its-group", "echo a.value 1; kill -KILL 0", "# Bad exit\n.\n"),
    ("complains-for-ever", "exec yes no >&2", "# Bad exit\n.\n"),
    ("vanishes", "rm \"$0\"; sleep 0.05; echo a.value 1", "a.value 1\n.\n"),
  ]

  @Test(arguments: ending)
  func whatAPluginPrintsDelaysNobody(plugin: (name: String, body: String, answer: String))
    async throws
  {
    try await onTestLoop {
      let bench = try await Bench(
        scripts: [plugin.name: Self.config + plugin.body, "load": Self.load])
      try await serving(bench: bench) { address, _, bench in
        let asking = Task { @LoopActor in
          try await answer(address, "fetch \(plugin.name)\nfetch load\n")
        }
        try await othersAreServed(by: address)
        let text = try await asking.value
        // The conversation goes on after it.
        #expect(
          text == "# munin node at web01.example.com\n\(plugin.answer)load.value 0.26\n.\n")
        if plugin.name == "vanishes" {
          let again = try await answer(address, "fetch vanishes\n")
          #expect(again.hasSuffix("\n# Bad exit\n.\n"))
        }
      }
    }
  }

  /// Those that come to no end of their own; each says by its file `ready` when it has gone wrong.
  private static let endless: [(name: String, body: String)] = [
    ("sleeps", ": > $F/ready; exec sleep 100"),
    ("closes-stdout-and-sleeps", "exec >&- 2>&-; : > $F/ready; exec sleep 100"),
    ("prints-half-and-sleeps", "printf 'a.value 1\\nb.'; : > $F/ready; exec sleep 100"),
    ("ignores-TERM", "trap '' TERM HUP; : > $F/ready; while :; do sleep 0.02; done"),
    (
      "leaves-a-daemon-with-the-pipe",
      """
      setsid sh -c 'trap "" TERM HUP; echo $$ > $F/daemon; : > $F/ready; exec sleep 100' &
      echo a.value 1
      """
    ),
  ]

  /// The clock stands, so while it hangs nothing but the others' answers can come.
  @Test(arguments: endless)
  func aPluginThatHangsDelaysNobody(plugin: (name: String, body: String)) async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(
        scripts: [plugin.name: Self.config + plugin.body, "load": Self.load], clock: clock)
      try await serving(bench: bench) { address, _, bench in
        let done = Locked(false)
        let asking = Task { @LoopActor in
          let text = try await answer(address, "fetch \(plugin.name)\nfetch load\n")
          done.with { $0 = true }
          return text
        }
        try await reach("the plugin's file") { bench.folder.read("ready") != nil }
        try await othersAreServed(by: address)
        #expect(!done.with { $0 })
        // The limit, the time to end by itself, and the time to die.
        for seconds in [60, 2, 2] where !done.with({ $0 }) {
          clock.advance(by: .seconds(seconds))
          _ = await comesTrue(within: .milliseconds(300)) { done.with { $0 } }
        }
        try await reach("the answer") { done.with { $0 } }
        #expect(
          try await asking.value
            == "# munin node at web01.example.com\n# Timed out\n.\nload.value 0.26\n.\n")
        #expect(bench.logged.count == 1)
        let words =
          plugin.name == "leaves-a-daemon-with-the-pipe"
          ? "ended, but a process that it started still had its stdout or stderr open after 60 s, killed"
          : "still running after 60 s, killed"
        #expect(bench.logged[0].hasPrefix("\(plugin.name): \(words)"), "\(bench.logged)")
        if let daemon = bench.folder.read("daemon").flatMap({ Int32($0.dropLast()) }) {
          kill(daemon, SIGKILL)
        }
      }
    }
  }
}
