import EventLoop
import Glibc
import TestSupport
import Testing

/// Bytes for a child's stdin, discarded output, and runs that end with the program.
struct ChildInputTests {
  private func run(
    _ script: String, input: [UInt8]?, within limit: Duration = .seconds(30),
    output: ChildProcess.Output = .collected(limit: 8 << 20),
    until completion: ChildProcess.Completion = .streamsClosed
  ) async throws -> ChildOutcome {
    try await onTestLoop {
      try await ChildProcess.run(
        ChildProgram(
          path: "/bin/sh", arguments: ["-c", script], environment: ["PATH=/usr/bin:/bin"]),
        input: input, within: limit, output: output, until: completion)
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// More than a pipe holds, in both directions at once.
  @Test func allBytesArrive() async throws {
    let input = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let outcome = try await run("exec cat", input: input)
    let isSame = outcome.output == input
    #expect(isSame && outcome.ending == .exit(0))
  }

  @Test func noBytesAreAnEnd() async throws {
    let outcome = try await run("cat; echo over", input: [])
    #expect(text(outcome.output) == "over\n")
  }

  @Test(arguments: ["exec true", "exec <&-; sleep 0.05; exit 0", "head -c 3 >/dev/null; exit 0"])
  func aChildThatDoesNotReadIsNoError(script: String) async throws {
    for completion in [ChildProcess.Completion.streamsClosed, .exit] {
      let input = [UInt8](repeating: 0x78, count: 500_000)
      let outcome = try await run(script, input: input, until: completion)
      #expect(outcome.ending == .exit(0) && !outcome.timedOut)
    }
  }

  @Test func discardedOutputGoesToTheNullDevice() async throws {
    let outcome = try await run(
      "exec 3>&1; readlink /proc/$$/fd/3 >&2; head -c 20000000 /dev/zero; exit 3", input: nil,
      output: .discarded)
    #expect(text(outcome.errors) == "/dev/null\n" && outcome.output.isEmpty)
    #expect(outcome.ending == .exit(3) && !outcome.overflowed)
  }

  @Test func theExitEndsARunWhoseStreamsAreHeldInTheBackground() async throws {
    let start = ContinuousClock.now
    let outcome = try await run(
      "sleep 100 & echo $!; echo said >&2; exit 4", input: [], until: .exit)
    #expect(ContinuousClock.now - start < .seconds(60))
    let pid = try #require(Int32(text(outcome.output).dropLast()))
    #expect(text(outcome.errors) == "said\n" && outcome.ending == .exit(4))
    #expect(isAlive(pid))
    kill(pid, SIGKILL)
  }

  /// Bytes that are still in the pipes at the exit are read.
  @Test func whatWasWrittenBeforeTheExitIsKept() async throws {
    let outcome = try await run("seq 1 3000; seq 1 3000 >&2", input: nil, until: .exit)
    let expected = (1...3000).map { "\($0)\n" }.joined()
    let isWhole = text(outcome.output) == expected && text(outcome.errors) == expected
    #expect(isWhole)
  }

  @Test func theLimitEndsAChildThatNeitherReadsNorEnds() async throws {
    for completion in [ChildProcess.Completion.streamsClosed, .exit] {
      let start = ContinuousClock.now
      let outcome = try await run(
        "sleep 100", input: [UInt8](repeating: 0x78, count: 500_000), within: .milliseconds(200),
        until: completion)
      #expect(outcome.timedOut && ContinuousClock.now - start < .seconds(60))
    }
  }

  @Test func cancellingEndsAChildThatDoesNotRead() async throws {
    let ending = try await onTestLoop {
      let work = Task { @LoopActor in
        try await ChildProcess.run(
          ChildProgram(path: "/bin/sleep", arguments: ["100"]),
          input: [UInt8](repeating: 0x78, count: 500_000), within: .seconds(60), until: .exit)
      }
      try await turn()
      work.cancel()
      return try await work.value.ending
    }
    #expect(ending == .signal(SIGKILL))
  }

  /// Four descriptors lost per run would stay as 400; the descriptors of other tests are closed in time.
  @Test func runsGiveTheirDescriptorsBack() async throws {
    let before = openDescriptors()
    try await onTestLoop {
      for round in 0..<100 {
        _ = try? await ChildProcess.run(
          ChildProgram(path: round % 2 == 0 ? "/bin/true" : "/nonexistent"), input: [1, 2, 3],
          within: .seconds(10), output: .discarded, until: .exit)
      }
    }
    #expect(try await onTestLoop { await comesTrue { openDescriptors() - before < 100 } })
  }

  @Test func aShellCommandHasItsEnvironmentAndTheUsualMask() async throws {
    let outcome = try await onTestLoop {
      try await ChildProcess.run(
        .shell("echo \"$0 $WORD\"; umask; pwd", environment: ["WORD=given"]),
        within: .seconds(30))
    }
    #expect(text(outcome.output) == "sh given\n0022\n/\n")
  }
}
