import EventLoop
import Glibc
import TestSupport
import Testing

/// A child's two pipes as a connection.
struct ChildTransportTests {
  @LoopActor
  private static func open(
    _ script: String, clock: LoopClock = .real
  ) throws -> ChildTransport {
    try ChildTransport(
      ChildProgram(
        path: "/bin/sh", arguments: ["-c", script], environment: ["PATH=/usr/bin:/bin"]),
      name: "test child", clock: clock)
  }

  /// Receives up to the end of a line or of the stream.
  @LoopActor
  private static func line(from transport: ChildTransport) async throws -> String {
    var bytes: [UInt8] = []
    while bytes.last != 0x0A {
      let more = try await transport.receive { $0.withUnsafeBufferPointer { Array($0) } }
      guard let more else { break }
      bytes += more
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func bothSidesTalk() async throws {
    let (lines, outcome) = try await onTestLoop {
      let transport = try Self.open("while read line; do echo \"<$line>\"; done; exit 7")
      var lines: [String] = []
      for word in ["list", "config load"] {
        try await transport.send(Array("\(word)\n".utf8))
        lines.append(try await Self.line(from: transport))
      }
      return (lines, await transport.finish())
    }
    #expect(lines == ["<list>\n", "<config load>\n"])
    #expect(outcome.ending == .exit(7) && outcome.errors.isEmpty)
  }

  @Test func anEndIsToldWithTheReasonOnStderr() async throws {
    let (line, end, outcome) = try await onTestLoop {
      let transport = try Self.open("echo hello; echo no route to host >&2; exit 255")
      let line = try await Self.line(from: transport)
      let end = try await Self.line(from: transport)
      return (line, end, await transport.finish())
    }
    #expect(line == "hello\n" && end == "")
    #expect(outcome.ending == .exit(255))
    #expect(String(decoding: outcome.errors, as: UTF8.self) == "no route to host\n")
  }

  @Test func whatCannotRunIsNamed() async throws {
    await #expect(throws: SpawnError.self) {
      try await onTestLoop {
        _ = try ChildTransport(ChildProgram(path: "/nonexistent/ssh"), name: "x")
      }
    }
  }

  @Test func manyBytesGoBothWays() async throws {
    let count = try await onTestLoop {
      let transport = try Self.open("exec cat")
      let sending = EventLoop.start {
        try? await transport.send([UInt8](repeating: 0x2E, count: 1_000_000))
      }
      var count = 0
      while count < 1_000_000, let more = try await transport.receive({ $0.count }) {
        count += more
      }
      await sending.value
      _ = await transport.finish()
      return count
    }
    #expect(count == 1_000_000)
  }

  @Test func aFloodOnStderrDoesNotStopTheTalk() async throws {
    let (line, outcome) = try await onTestLoop {
      let transport = try Self.open("head -c 1000000 /dev/zero >&2; echo fine")
      let line = try await Self.line(from: transport)
      return (line, await transport.finish())
    }
    let count = outcome.errors.count
    #expect(line == "fine\n" && count == 64 << 10 && outcome.ending == .exit(0))
  }

  @Test func sendingToAChildThatIsGoneIsAnError() async throws {
    try await onTestLoop {
      let transport = try Self.open("exit 0")
      #expect(try await Self.line(from: transport) == "")
      await #expect(throws: IOError.self) {
        for _ in 0..<10 { try await transport.send([UInt8](repeating: 0x2E, count: 200_000)) }
      }
      #expect(await transport.finish().ending == .exit(0))
    }
  }

  @Test func theDeadlineEndsTheWaiting() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let transport = try Self.open("exec sleep 100", clock: clock)
      transport.setDeadline(clock.now.advanced(by: .seconds(5)))
      let waiting = EventLoop.start { () -> IOError? in
        do throws(IOError) { _ = try await transport.receive { $0.count } } catch { return error }
        return nil
      }
      try await turn()
      clock.advance(by: .seconds(5))
      #expect(await waiting.value == .timedOut)
      transport.close()
      // The child has two seconds to end by itself, then it gets SIGTERM.
      try await reach { clock.waiting == 1 }
      clock.advance(by: .seconds(2))
      #expect(await transport.finish().ending == .signal(SIGTERM))
    }
  }

  @Test func aChildThatIgnoresItsEndIsKilledWithItsGroup() async throws {
    try await onTestLoop {
      let clock = LoopClock(standingAt: 0)
      let transport = try Self.open(
        """
        trap '' TERM HUP
        (while :; do sleep 0.02; done) &
        echo $! $$
        while :; do sleep 0.02; done
        """, clock: clock)
      let pids = try await Self.line(from: transport).split(whereSeparator: \.isWhitespace)
        .compactMap { Int32($0) }
      #expect(pids.count == 2)
      let end = EventLoop.start { await transport.finish().ending }
      for _ in 0..<2 {
        try await reach { clock.waiting == 1 }
        try await turn(20)
        clock.advance(by: .seconds(2))
      }
      #expect(await end.value == .signal(SIGKILL))
      #expect(await comesTrue { pids.allSatisfy { !isAlive($0) } })
    }
  }

  /// A pipeline's other parts do not outlive the leader.
  @Test func theGroupEndsWithItsLeader() async throws {
    try await onTestLoop {
      let transport = try Self.open("sleep 100 & echo $!; exec cat")
      let pid = try #require(Int32(try await Self.line(from: transport).dropLast()))
      #expect(await transport.finish().ending == .exit(0))
      #expect(await comesTrue { !isAlive(pid) })
    }
  }

  @Test func aTransportThatIsForgottenEndsItsChild() async throws {
    try await onTestLoop {
      var transport: ChildTransport? = try Self.open("echo $$; exec cat")
      let pid = try #require(Int32(try await Self.line(from: transport!).dropLast()))
      #expect(isAlive(pid))
      transport = nil
      #expect(await comesTrue { kill(pid, 0) != 0 })
    }
  }

  /// Four descriptors lost per child would stay as 400; the descriptors of other tests are closed in time.
  @Test func childrenGiveTheirDescriptorsBack() async throws {
    let before = openDescriptors()
    try await onTestLoop {
      for _ in 0..<100 {
        let transport = try Self.open("exec cat")
        _ = await transport.finish()
      }
    }
    #expect(try await onTestLoop { await comesTrue { openDescriptors() - before < 100 } })
  }
}
