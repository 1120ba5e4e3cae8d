import EventLoop
import Glibc
import Node
import Settings
import TestSupport
import Testing

/// How a node ends while masters are connected.
struct DrainTests {
  /// A node with a plugin that answers when there is a file `go`.
  @LoopActor
  private func world(
    clock: LoopClock = .real
  ) async throws -> (bench: Bench, server: NodeServer, address: SocketAddress) {
    var node = NodeSettings()
    node.maxPlugins = 4
    let bench = try await Bench(
      scripts: [
        "slow":
          "[ \"$1\" = config ] && { echo graph_title S; exit; }\n: > $F/begun\nwhile [ ! -e $F/go ]; do sleep 0.01; done; echo s.value 2",
        "good": "[ \"$1\" = config ] && { echo graph_title G; exit; }; echo g.value 1",
      ], clock: clock, node: node)
    var settings = NodeSettings()
    settings.hosts = ["127.0.0.1"]
    settings.ports = [0]
    let server = NodeServer(
      settings: settings, access: AccessControl.compile(settings.access).0,
      services: bench.services, log: bench.log, clock: clock)
    let address = try #require(try await server.listen().first)
    return (bench, server, address)
  }

  @LoopActor
  private func rest(_ master: Connection) async throws -> String {
    var bytes: [UInt8] = []
    while try await master.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil {}
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func theAnswerThatIsBeingMadeIsSent() async throws {
    let (idle, busy, refused, log) = try await onTestLoop {
      let (bench, server, address) = try await world()
      let serving = EventLoop.start { await server.serve() }
      let idle = try await Connection.connect(to: address, within: .seconds(10))
      let busy = try await Connection.connect(to: address, within: .seconds(10))
      // What comes after the answer under way is not looked at, nor is what comes after the end.
      try await busy.send(Array("fetch slow\n".utf8))
      try await reach("the plugin's start") { bench.folder.read("begun") != nil }
      let draining = EventLoop.start { await server.drain(within: .seconds(20)) }
      let first = try await rest(idle)
      var refused = false
      do throws(IOError) {
        try await Connection.connect(to: address, within: .seconds(10)).close()
      } catch { refused = true }
      try await busy.send(Array("fetch good\n".utf8))
      try bench.folder.write("go", "")
      let second = try await rest(busy)
      await draining.value
      server.stop()
      await serving.value
      idle.close()
      busy.close()
      return (first, second, refused, bench.logged)
    }
    #expect(idle == "# munin node at web01.example.com\n")
    #expect(busy == "# munin node at web01.example.com\ns.value 2\n.\n")
    #expect(refused)
    #expect(log == [])
  }

  /// Of pipelined commands those are answered that are being worked on.
  @Test func answersThatWereBegunAheadAreSentToo() async throws {
    let text = try await onTestLoop {
      let (bench, server, address) = try await world()
      let serving = EventLoop.start { await server.serve() }
      let master = try await Connection.connect(to: address, within: .seconds(10))
      try await master.send(Array("fetch slow\nfetch good\n".utf8))
      try await reach("the plugin's start") { bench.folder.read("begun") != nil }
      let draining = EventLoop.start { await server.drain(within: .seconds(20)) }
      try bench.folder.write("go", "")
      let text = try await rest(master)
      await draining.value
      server.stop()
      await serving.value
      master.close()
      return text
    }
    #expect(text == "# munin node at web01.example.com\ns.value 2\n.\ng.value 1\n.\n")
  }

  @Test func aPluginThatHangsHoldsUpTheEndNoLongerThanTheLimit() async throws {
    let (early, text) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let (bench, server, address) = try await world(clock: clock)
      let serving = EventLoop.start { await server.serve() }
      let master = try await Connection.connect(to: address, within: .seconds(10))
      try await master.send(Array("fetch slow\n".utf8))
      try await reach("the plugin's start") { bench.folder.read("begun") != nil }
      let before = clock.waiting
      let over = Locked(false)
      let draining = EventLoop.start {
        await server.drain(within: .seconds(5))
        over.with { $0 = true }
      }
      try await reach("the limit's timer") { clock.waiting == before + 1 }
      clock.advance(by: .seconds(4))
      try await turn()
      let early = over.with { $0 }
      clock.advance(by: .seconds(1))
      await draining.value
      server.stop()
      await serving.value
      let text = (try? await rest(master)) ?? ""
      master.close()
      return (early, text)
    }
    #expect(!early)
    #expect(text == "# munin node at web01.example.com\n")
  }
}
