import Dispatch
import EventLoop
import Glibc
import MuninWire
import Node
import PluginKit
import Settings
import TestSupport
import Testing

/// A plugin whose source falls silent.
private final class Sluggish: Plugin, @unchecked Sendable {
  // Unchecked: all but the door belongs to the loop's thread.
  let name: StaticString = "sluggish"
  let door = DispatchSemaphore(value: 0)
  let read: SlowRead<Int>
  var manual: Manual { Manual("", details: "", fields: [], example: "") }

  init(limit: Duration) {
    let door = self.door
    read = SlowRead("the source", limit: limit, goodFor: 2) {
      door.wait()
      return 7
    }
  }

  func autoconf(on host: Host) -> Availability { .yes }

  func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    if question == .fetch { list.add(read, on: host) }
  }

  func graph(on host: Host) throws(PluginError) -> Graph {
    Graph("G", category: "c", fields: [Field("a")])
  }

  func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    guard let answer = host.answer(of: read) else {
      throw PluginError(source: "it", expected: "an answer", found: "none", isTimeout: true)
    }
    reply.value("a", answer)
  }
}

struct NodeSlowReadTests {
  @Test func othersAreServedWhileOneWaits() async throws {
    let (quick, slow, readOnce) = try await onTestLoop {
      let plugin = Sluggish(limit: .seconds(20))
      let bench = try await Bench(builtIns: fewBuiltIns + [.local(plugin)])
      // Two masters at once: one read serves both.
      let first = EventLoop.start { await bench.ask("sluggish") }
      let second = EventLoop.start { await bench.ask("sluggish") }
      let quick = await bench.ask("load")
      plugin.door.signal()
      let slow = [await first.value, await second.value]
      return (quick, slow, plugin.door.wait(timeout: .now()) == .timedOut)
    }
    #expect(quick.hasPrefix("load.value "))
    #expect(slow == ["a.value 7\n.\n", "a.value 7\n.\n"])
    #expect(readOnce)
  }

  @Test func aStuckReadIsNotMadeAgainUntilItEnds() async throws {
    let (answers, again, logged) = try await onTestLoop {
      let plugin = Sluggish(limit: .milliseconds(50))
      let bench = try await Bench(builtIns: [.local(plugin)])
      var answers = [await bench.ask("sluggish")]
      // No second read beside the first.
      answers.append(await bench.ask("sluggish"))
      plugin.door.signal()
      plugin.door.signal()
      var again = ""
      // Until the thread is back; it is another one, so this one may stand still.
      for _ in 0..<5000 where !again.hasPrefix("a.value") {
        usleep(1000)
        again = await bench.ask("sluggish")
      }
      return (answers, again, bench.logged)
    }
    #expect(answers == ["# Timed out\n.\n", "# Timed out\n.\n"])
    #expect(again == "a.value 7\n.\n")
    #expect(logged.count { $0.contains("the source: no answer within") } == 1, "\(logged)")
    #expect(logged.contains { $0.contains("the source: answers again") }, "\(logged)")
  }

  /// A master that sends commands ahead: a plugin runs while a slow read is made, and the answers keep their order.
  @Test func thePluginsThatFollowRunWhileAReadIsMade() async throws {
    let text = try await onTestLoop {
      let plugin = Sluggish(limit: .seconds(20))
      var node = NodeSettings()
      node.maxPlugins = 2
      let bench = try await Bench(
        scripts: [
          "program": "exit 0",
          "opener":
            "[ \"$1\" = config ] && { echo graph_title O; exit; }\n: > $F/open; echo o.value 1",
        ], builtIns: [.local(plugin)],
        prepare: { folder in
          try folder.link("plugins/sluggish", to: "program")
          let path = "\(folder.path)/open"
          plugin.read.work = {
            // It ends only when the plugin that is asked next has run.
            for _ in 0..<15_000 where access(path, F_OK) != 0 { usleep(1000) }
            return access(path, F_OK) == 0 ? 7 : 0
          }
        }, node: node, load: false)
      try await bench.services.load(program: "\(bench.folder.path)/plugins/program")
      let master = ScriptedMaster(
        saying: Array("fetch sluggish\nfetch opener\nquit\n".utf8), inPiecesOf: 4096)
      let session = NodeSession(
        over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock)
      _ = await session.run()
      return String(decoding: master.heard, as: UTF8.self)
    }
    #expect(text == "# munin node at web01.example.com\na.value 7\n.\no.value 1\n.\n")
  }
}
