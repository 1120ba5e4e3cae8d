import EventLoop
import Glibc
import TestSupport
import Testing

/// Masters that do what no master should, in a node that serves others meanwhile.
extension NodeServerTests {
  /// As slow as that, but within the session's limit: it is answered.
  @Test func aMasterOfOneByteASecondIsAnswered() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(clock: clock)
      try await serving("global_timeout 30", bench: bench) { address, _, bench in
        let slow = try await Connection.connect(to: address, within: .seconds(10))
        #expect(try await greeting(slow) != nil)
        for byte in Array("fetch load\n".utf8) {
          try await othersAreServed(by: address, times: 2)
          try await slow.send([byte])
          clock.advance(by: .seconds(1))
        }
        #expect(try await greeting(slow) == "load.value 0.26\n.\n")
        slow.close()
        try await turn()
        #expect(bench.logged == [])
      }
    }
  }

  /// Bytes do not win time: the limit is the whole session's.
  @Test func aMasterOfOneByteASecondIsLeftAtTheLimit() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(clock: clock)
      try await serving("global_timeout 30", bench: bench) { address, _, bench in
        let slow = try await Connection.connect(to: address, within: .seconds(10))
        #expect(try await greeting(slow) != nil)
        for second in 1...30 {
          try await slow.send([0x78])
          try await turn()
          #expect(bench.logged == [], "after \(second - 1) s")
          clock.advance(by: .seconds(1))
        }
        #expect(try await greeting(slow) == nil)
        try await reach("the log's line") { !bench.logged.isEmpty }
        #expect(bench.logged.count == 1)
        #expect(bench.logged[0].hasSuffix("connection ended: over after 30 s (global_timeout)"))
        try await othersAreServed(by: address, times: 2)
        slow.close()
      }
    }
  }

  @Test func aMegabyteWithoutALineEndIsLeft() async throws {
    try await onTestLoop {
      try await serving { address, _, bench in
        let master = try await Connection.connect(to: address, within: .seconds(10))
        let talking = Task { @LoopActor in
          // The node closes before it has read all of it.
          try? await master.send([UInt8](repeating: 0x61, count: 1 << 20))
        }
        try await othersAreServed(by: address)
        try await reach("the log's line") { !bench.logged.isEmpty }
        #expect(bench.logged.count == 1)
        #expect(bench.logged[0].hasSuffix("connection ended: line too long"))
        master.close()
        await talking.value
      }
    }
  }

  /// `SessionTests` shows that the answers are not gathered up, and come in the end.
  @Test func tenThousandCommandsAndNobodyWhoReadsDelayNobody() async throws {
    try await onTestLoop {
      try await serving { address, _, _ in
        let master = try await Connection.connect(to: address, within: .seconds(10))
        let ended = Locked(false)
        let talking = Task { @LoopActor in
          // Further words are ignored: they only make it more than the kernel holds.
          let padding = String(repeating: " and", count: 200)
          let commands = String(
            repeating: "config memory\(padding)\nfetch load\(padding)\n", count: 5000)
          try? await master.send(Array(commands.utf8))
          ended.with { $0 = true }
        }
        try await turn(100)
        try await othersAreServed(by: address)
        #expect(!ended.with { $0 }, "all commands fit into the kernel: ask for more")
        master.close()
        await talking.value
      }
    }
  }

  /// What is asked is looked up and never becomes a path: `outside` would leave a mark.
  @Test(arguments: [
    "../outside", "plugins/../../outside", "../../bin/sh", "/bin/sh", "./ok@x", "ok@x/",
    "ok@x/../ok@x",
    ".", "..", "", "*", "ok@?", "%", "ok%40x", "..%2foutside", "ok@x%00", "@", "@x", "ok@", "ok@y",
    "ok@x\0", "ok@x\u{1}", "\u{1B}[2J", "ok@x\u{7F}", "ok@x\u{0}/../outside", "$(../outside)",
    "`../outside`",
    "ok@x;../outside", "|../outside", "-c", "--help", ".hidden", "unwanted.conf", "OK@X",
    String(repeating: "a", count: 1000),
  ])
  func namesAreNoPaths(name: String) async throws {
    try await onTestLoop {
      let bench = try await Bench(
        scripts: [
          "ok@x": "echo ok.value 1", ".hidden": ": > $F/mark; echo a",
          "unwanted.conf": ": > $F/mark",
        ],
        prepare: { try $0.script("outside", ": > $F/mark; echo a.value 1") })
      try await serving(bench: bench) { address, _, bench in
        for question in ["fetch", "config"] {
          let text = try await answer(address, "\(question) \(name)\nfetch ok@x\n")
          #expect(
            text == "# munin node at web01.example.com\n# Unknown service\n.\nok.value 1\n.\n")
        }
        #expect(bench.folder.read("mark") == nil)
        #expect(bench.logged == [])
      }
    }
  }
}
