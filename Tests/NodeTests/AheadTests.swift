import Daemon
import EventLoop
import Glibc
import Node
import Settings
import TestSupport
import Testing

/// Masters that ask without waiting for answers.
struct AheadTests {
  @LoopActor
  private func talk(_ bench: Bench, _ text: String) async -> String {
    let master = ScriptedMaster(saying: Array(text.utf8), inPiecesOf: 4096)
    let session = NodeSession(
      over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock)
    _ = await session.run()
    return String(decoding: master.heard, as: UTF8.self)
  }

  /// Waits for the other's file: one alone would never end.
  private func waitsFor(_ other: String, says value: String) -> String {
    """
    [ "$1" = config ] && { echo graph_title W; exit; }
    : > $F/$(basename $0)
    while [ ! -e $F/\(other) ]; do sleep 0.01; done
    echo w.value \(value)
    """
  }

  @Test func pluginsRunAtOnceAndAnswersKeepTheirOrder() async throws {
    let text = try await onTestLoop {
      var node = NodeSettings()
      node.maxPlugins = 2
      let bench = try await Bench(
        scripts: ["a": waitsFor("b", says: "1"), "b": waitsFor("a", says: "2")], node: node)
      return await talk(bench, "fetch a\nversion\nfetch nosuch\nfetch b\nnodes\nquit\n")
    }
    #expect(
      text == """
        # munin node at web01.example.com
        w.value 1
        .
        munins node on web01.example.com version: \(apusVersion)
        # Unknown service
        .
        w.value 2
        .
        web01.example.com
        .

        """)
  }

  @Test func noMoreRunThanAreAllowed() async throws {
    let (text, most) = try await onTestLoop {
      var node = NodeSettings()
      node.maxPlugins = 3
      // Each notes how many run while it does.
      let body = """
        [ "$1" = config ] && { echo graph_title W; exit; }
        : > $F/run/$$; ls $F/run | wc -l >> $F/most; sleep 0.02; rm $F/run/$$
        echo w.value 1
        """
      let bench = try await Bench(
        scripts: ["a": body], prepare: { try $0.write("run/.keep", "") }, node: node)
      let text = await talk(bench, String(repeating: "fetch a\n", count: 12))
      let counts = (bench.folder.read("most") ?? "").split(separator: "\n").compactMap {
        Int($0.filter { $0 != " " })
      }
      return (text, counts)
    }
    #expect(text.split(separator: "\n").count == 25)
    #expect(most.count == 12)
    #expect((most.max() ?? 99) <= 3, "\(most)")
  }

  /// A plugin that hangs delays no answer that is ready.
  @Test func whatIsReadyGoesOutBeforeAnybodyIsWaitedFor() async throws {
    let (early, rest) = try await onTestLoop {
      let bench = try await Bench(scripts: [
        "good": "[ \"$1\" = config ] && { echo graph_title G; exit; }; echo g.value 1",
        "slow":
          "[ \"$1\" = config ] && { echo graph_title S; exit; }\nwhile [ ! -e $F/go ]; do sleep 0.01; done; echo s.value 2",
      ])
      let listener = try Listener(on: try SocketAddress(path: "\(bench.folder.path)/node"))
      let master = try await Connection.connect(to: listener.address, within: .seconds(10))
      let session = NodeSession(
        over: try await listener.accept(), with: bench.services, from: "", within: .seconds(900))
      let running = EventLoop.start { await session.run() }
      try await master.send(Array("fetch good\nfetch slow\nfetch good\nquit\n".utf8))
      var text = ""
      while !text.contains("g.value 1\n.\n") {
        _ = try await master.receive {
          text += $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
      }
      let early = text
      try bench.folder.write("go", "")
      while try await master.receive({
        text += $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
      }) != nil {}
      _ = await running.value
      listener.close()
      master.close()
      return (early, text.dropFirst(early.count))
    }
    #expect(early == "# munin node at web01.example.com\ng.value 1\n.\n")
    #expect(rest == "s.value 2\n.\ng.value 1\n.\n")
  }

  /// The master has disconnected: plugins that run for it are ended.
  @Test func whatRunsForNobodyEnds() async throws {
    let ended = try await onTestLoop {
      let bench = try await Bench(scripts: [
        "a":
          "[ \"$1\" = config ] && { echo graph_title W; exit; }\necho $$ > $F/pid; exec sleep 100",
        "b": "echo graph_title B",
      ])
      let listener = try Listener(on: try SocketAddress(path: "\(bench.folder.path)/node"))
      let master = try await Connection.connect(to: listener.address, within: .seconds(10))
      let session = NodeSession(
        over: try await listener.accept(), with: bench.services, from: "", within: .seconds(900))
      let running = EventLoop.start { await session.run() }
      try await master.send(Array("fetch a\nfetch b\n".utf8))
      try await reach("the plugin's start") { bench.folder.read("pid")?.hasSuffix("\n") == true }
      let pid = Int32((bench.folder.read("pid") ?? "").dropLast()) ?? 0
      running.cancel()
      master.close()
      _ = await running.value
      listener.close()
      return await comesTrue { kill(pid, 0) != 0 }
    }
    #expect(ended)
  }
}
