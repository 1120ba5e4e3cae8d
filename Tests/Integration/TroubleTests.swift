import Foundation
import Testing

extension Programs {
  /// Nodes that are down, hang, babble or break off: what it costs, and that it is over when they are well.
  @Suite struct TroubleTests {
    private static func load(_ value: Int) -> [ScriptedNode.Service] {
      [.init("load", config: "graph_title Load\nload.label load", fetch: "load.value \(value)")]
    }

    /// The good node's values keep coming every two seconds while the others are waited for.
    @Test func aHangingNodeDelaysNobody() async throws {
      let scratch = try Scratch()
      let good = try await ScriptedNode(in: scratch, name: "good", Self.load(1))
      let hanging = try await ScriptedNode(in: scratch, name: "hanging", Self.load(2))
      let down = try await ScriptedNode(in: scratch, name: "down", Self.load(3))
      try await hanging.becomes("hang")
      try await down.becomes("down")
      let collector = try ApusCollector(
        in: scratch,
        nodes: [
          "example.com;good": good.port, "example.com;hanging": hanging.port,
          "example.com;down": down.port,
        ],
        settings: "update_rate 2\nrrd_write direct\ntimeout 120\ntimeout_fetch_one_node 120")
      let running = try await collector.start()
      let file = "example.com/good-load-load-g.rrd"
      try await waiting(until: "the first value") { collector.files == [file] }
      var times: [Int] = []
      for _ in 0..<3 {
        let seen = times.last ?? 0
        times.append(
          try await waiting(for: "the next value", upTo: .seconds(15)) {
            let time = try await collector.rrd(file).last().time
            return time > seen ? time : nil
          })
      }
      #expect(collector.files == [file])
      _ = try await running.waits(for: /down.*refused/)
      // The hanging node holds up the end no more than the others.
      #expect(try await running.end() == .exit(0))
    }

    /// At whatever byte a connection ends, the next cycle is as if nothing had been.
    @Test(arguments: ["cut", "reset"]) func aBrokenConnectionCostsOneCycle(how: String) async throws
    {
      let scratch = try Scratch()
      let node = try await ScriptedNode(in: scratch, Self.load(1))
      let collector = try ApusCollector(in: scratch, nodes: ["example.com;web01": node.port])
      let file = "example.com/web01-load-load-g.rrd"
      for (round, bytes) in [0, 1, 20, 40, 62, 90, 100, 110].enumerated() {
        try node.say(Self.load(round))
        try await node.becomes("\(how) \(bytes)")
        let complaint = try await collector.poll()
        #expect(complaint.contains("example.com;web01"), "\(how) \(bytes): \(complaint)")
      }
      // The config arrived in the end, so there is a file; no value did.
      #expect(collector.files == [file])
      #expect(try await collector.rrd(file).last().text == "U")
      try await node.becomes("up")
      try node.say(Self.load(42))
      #expect(try await collector.poll() == "")
      #expect(try await collector.rrd(file).last().text == "42")
    }

    /// Bytes without end are cut off, long before they fill the memory or the time of the others.
    @Test(arguments: Babble.allCases) func aNodeThatBabblesIsLeft(what: Babble) async throws {
      let scratch = try Scratch()
      let good = try await ScriptedNode(in: scratch, name: "good", Self.load(7))
      let babbler = try Babbler(what)
      let collector = try ApusCollector(
        in: scratch,
        nodes: ["example.com;babbler": babbler.port, "example.com;good": good.port])
      let began = ContinuousClock.now
      let complaint = try await collector.poll()
      #expect(ContinuousClock.now - began < .seconds(60))
      #expect(complaint.contains("babbler"), "\(complaint)")
      #expect(complaint.utf8.count < 2000)
      // A config that comes before the babble makes a file; no value is taken.
      for file in collector.files where file != "example.com/good-load-load-g.rrd" {
        #expect(file == "example.com/babbler-load-load-g.rrd")
        #expect(try await collector.rrd(file).last().text == "U")
      }
      #expect(collector.files.contains("example.com/good-load-load-g.rrd"))
      #expect(babbler.sent < 200_000_000)
    }

    /// Noise in the place of a reply is named, and the node's other services are none the worse.
    @Test func aDamagedReplyCostsOnlyItself() async throws {
      let scratch = try Scratch()
      let damaged = ScriptedNode.Service(
        "noise", config: "graph_title \u{1}\u{7f}\n....\n..label x\nx.label",
        fetch: "x.value abc\n.value 3\nvalue\n")
      let node = try await ScriptedNode(in: scratch, [damaged] + Self.load(3))
      let collector = try ApusCollector(in: scratch, nodes: ["example.com;web01": node.port])
      let complaint = try await collector.poll()
      #expect(complaint.contains("noise"), "\(complaint)")
      #expect(collector.files.contains("example.com/web01-load-load-g.rrd"))
    }

    /// Somebody's years are in that file: it is kept under another name, and named.
    @Test func aDamagedFileIsSetAside() async throws {
      let scratch = try Scratch()
      let node = try await ScriptedNode(in: scratch, Self.load(1))
      let collector = try ApusCollector(in: scratch, nodes: ["example.com;web01": node.port])
      try await collector.poll()
      let file = "example.com/web01-load-load-g.rrd"
      let junk = String(repeating: "not a round-robin file\n", count: 500)
      try scratch.write(junk, to: "apus/db/\(file)")
      let now = time(nil)
      try await waiting(until: "the next second") { time(nil) > now }
      try node.say(Self.load(5))
      var complaint = try await collector.poll()
      // The round that finds the damage may be lost; the one after it may not.
      complaint += try await collector.poll()
      #expect(complaint.contains(file), "\(complaint)")
      #expect(try await collector.rrd(file).last().text == "5")
      let kept = scratch.files(below: "apus/db").filter { $0.hasPrefix(file + ".") }
      try #require(kept.count == 1, "\(scratch.files(below: "apus/db"))")
      #expect(scratch.read("apus/db/\(kept[0])") == junk)
    }
  }
}
