import EventLoop
import Glibc
import MuninWire
import Node
import PluginKit
import Settings
import TestSupport
import Testing

struct NodeSessionTests {
  /// A session over a real socket pair, and the master's end of it.
  @LoopActor
  private func conversation(
    _ bench: Bench, within limit: Duration = .seconds(900),
    _ body: @LoopActor (Connection) async throws -> Void
  ) async throws -> String? {
    let listener = try Listener(
      on: try SocketAddress(path: "\(bench.folder.path)/node"), clock: bench.clock)
    defer { listener.close() }
    let master = try await Connection.connect(
      to: listener.address, within: .seconds(10), clock: bench.clock)
    let session = NodeSession(
      over: try await listener.accept(), with: bench.services, from: "", within: limit,
      clock: bench.clock)
    let running = Task(executorPreference: EventLoop.main) { await session.run() }
    try await body(master)
    let reason = await running.value
    master.close()
    return reason
  }

  @LoopActor
  private func all(_ connection: Connection) async throws -> String {
    var bytes: [UInt8] = []
    while try await connection.receive({ $0.withUnsafeBufferPointer { bytes += $0 } }) != nil {}
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func aWholeConversation() async throws {
    let (text, reason) = try await onTestLoop {
      let bench = try await Bench()
      var text = ""
      let reason = try await conversation(bench) { master in
        try await master.send(Array("list\nfetch load\nquit\n".utf8))
        text = try await all(master)
      }
      return (text, reason)
    }
    #expect(
      text == """
        # munin node at web01.example.com
        cpu load memory swap uptime
        load.value 0.26
        .

        """)
    #expect(reason == nil)
  }

  /// `printf 'fetch load\n' | nc`: the master closes its side at once and still gets its answer.
  @Test func aHalfClosedMasterIsAnswered() async throws {
    let text = try await onTestLoop {
      let bench = try await Bench()
      var text = ""
      _ = try await conversation(bench) { master in
        try await master.send(Array("fetch load".utf8))
        master.finishSending()
        text = try await all(master)
      }
      return text
    }
    #expect(text.hasSuffix("\nload.value 0.26\n.\n"))
  }

  /// Ten thousand commands at once, and nobody reads: the session waits instead of gathering answers, and all of
  /// them come in the end.
  @Test func tenThousandCommandsWithoutReading() async throws {
    let (early, dots, inOrder) = try await onTestLoop {
      let bench = try await Bench()
      var early = true
      var text = ""
      _ = try await conversation(bench) { master in
        let ended = Locked(false)
        let talking = Task { @LoopActor in
          // Further words are ignored: they only make it more than the kernel holds.
          let padding = String(repeating: " and", count: 40)
          for round in 0..<100 {
            var block = ""
            for step in 0..<100 {
              block += step % 10 == 0 ? "config memory\n" : "fetch nosuch\(round)\(padding)\n"
            }
            try await master.send(Array(block.utf8))
          }
          master.finishSending()
          ended.with { $0 = true }
        }
        try await turn(300)
        early = ended.with { $0 }
        text = try await all(master)
        try await talking.value
      }
      let lines = text.split(separator: "\n")
      let unknown = lines.count { $0 == "# Unknown service" }
      return (early, lines.count { $0 == "." }, unknown == 9000)
    }
    #expect(dots == 10_000)
    #expect(inOrder)
    #expect(early == false, "the whole conversation fits into the kernel: ask for more")
  }

  /// Thousands of commands in one piece, and a transport that never waits: the loop turns all the same.
  @Test func othersHaveTheirTurnAmongManyCommands() async throws {
    let turns = try await onTestLoop {
      let bench = try await Bench()
      let ended = Locked(false)
      var turns = 0
      let others = EventLoop.start {
        while !ended.with({ $0 }) {
          turns += 1
          await EventLoop.main.turned()
        }
      }
      let master = ScriptedMaster(
        saying: Array(String(repeating: "fetch nosuch\n", count: 4000).utf8), inPiecesOf: 65536)
      _ = await NodeSession(
        over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock
      ).run()
      ended.with { $0 = true }
      await others.value
      return turns
    }
    #expect(turns > 40)
  }

  @Test(arguments: [1024, 1025, 5000, 100_000])
  func overLongLinesEndTheSession(length: Int) async throws {
    let (heard, reason) = try await onTestLoop {
      let bench = try await Bench()
      let line = [UInt8](repeating: 0x61, count: length)
      let master = ScriptedMaster(
        saying: Array("fetch load\n".utf8) + line + Array("\nfetch load\n".utf8), inPiecesOf: 700)
      let session = NodeSession(
        over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock)
      let reason = await session.run()
      return (String(decoding: master.heard, as: UTF8.self), reason)
    }
    let banner = "# munin node at web01.example.com\nload.value 0.26\n.\n"
    if length <= 1024 {
      #expect(reason == nil)
      #expect(heard.hasSuffix("quit\nload.value 0.26\n.\n"))
    } else {
      #expect(reason == "line too long")
      #expect(heard == banner)
    }
  }

  /// An endless line without an end is not gathered up.
  @Test func anEndlessLineIsNotKept() async throws {
    let unread = try await onTestLoop {
      let bench = try await Bench()
      let master = ScriptedMaster(
        saying: [UInt8](repeating: 0x61, count: 1 << 20), inPiecesOf: 1000)
      _ = await NodeSession(
        over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock
      ).run()
      return master.unread
    }
    #expect(unread > (1 << 20) - 4000)
  }

  @Test func theSessionHasALimit() async throws {
    let (reason, text) = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(clock: clock)
      var text = ""
      let reason = try await conversation(bench, within: .seconds(900)) { master in
        // Never silent for long, and yet over in the end.
        for _ in 0..<4 {
          try await master.send(Array("fetch load\n".utf8))
          _ = try await master.receive {
            text += $0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
          }
          try await turn(20)
          clock.advance(by: .seconds(225))
        }
        text += try await all(master)
      }
      return (reason, text)
    }
    #expect(reason == "over after 900 s (global_timeout)")
    #expect(text.hasPrefix("# munin node at"))
  }

  @Test func aSilentMasterIsNotWaitedFor() async throws {
    let reason = try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let bench = try await Bench(clock: clock)
      return try await conversation(bench, within: .seconds(900)) { master in
        _ = try await master.receive { $0.count }
        try await turn(20)
        clock.advance(by: .seconds(300))
        _ = try await all(master)
      }
    }
    #expect(reason == "nothing heard for 300 s (idle_timeout)")
  }

  /// A reset after each byte of a conversation ends the session with a reason, and nothing more.
  @Test func resetsAtEachByteEndTheSession() async throws {
    let script = Array("cap multigraph\nlist\nfetch load\n".utf8)
    let reasons = try await onTestLoop {
      let bench = try await Bench()
      var reasons: [String?] = []
      for count in 0...script.count {
        let listener = try Listener(on: try SocketAddress(host: "127.0.0.1", port: 0))
        defer { listener.close() }
        let master = plainConnection(to: listener.address.port)
        let session = NodeSession(
          over: try await listener.accept(), with: bench.services, from: "", within: .seconds(900))
        let running = Task(executorPreference: EventLoop.main) { await session.run() }
        try await turn(2)
        _ = script.prefix(count).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
        reset(master)
        reasons.append(await running.value)
      }
      return reasons
    }
    for reason in reasons {
      #expect(reason.map { $0.contains("Connection reset") || $0.contains("Broken pipe") } ?? false)
    }
  }

  /// Random bytes, whatever they mean, end or answer; they never trap or hang.
  @Test func randomBytesAreSurvived() async throws {
    try await onTestLoop {
      let bench = try await Bench()
      var noise = Noise(2024)
      let pieces = [
        "list", "cap ", "fetch ", "config ", "load", "memory", "\n", "\r\n", " ", "nodes",
        "version",
        "multigraph", "dirtyconfig", "spoolfetch 12", "starttls", "\0", "ä", "....",
      ]
      for round in 0..<300 {
        let master = ScriptedMaster(
          saying: noise.text(of: pieces, count: 200), inPiecesOf: 1 + round % 97)
        _ = await NodeSession(
          over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock
        ).run()
        #expect(master.isClosed)
      }
    }
  }

  /// Answers to what was asked together go out together: a stock master behind Nagle waits 40 ms for each piece.
  @Test func oneWritePerReply() async throws {
    let sends = try await onTestLoop {
      let bench = try await Bench()
      let master = ScriptedMaster(
        saying: Array("fetch load\nconfig memory\n".utf8), inPiecesOf: 4096)
      _ = await NodeSession(
        over: master, with: bench.services, from: "", within: .seconds(900), clock: bench.clock
      ).run()
      return master.sends
    }
    #expect(sends == 2, "the banner, and both answers")
  }
}

/// A blocking TCP socket that the loop knows nothing of.
func plainConnection(to port: Int) -> Int32 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  _ = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  return descriptor
}

/// Closes with RST instead of FIN.
func reset(_ descriptor: Int32) {
  var now = linger(l_onoff: 1, l_linger: 0)
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
  close(descriptor)
}
