import CLinux
import EventLoop
import Glibc
import TestSupport
import Testing

/// Children are shell scripts handed over as `sh -c`, so no test waits for a file that is still open for writing.
struct ChildProcessTests {
  private func run(
    _ script: String, within limit: Duration = .seconds(30), environment: [String] = [],
    outputLimit: Int = 8 << 20
  ) async throws -> ChildOutcome {
    try await onTestLoop {
      try await ChildProcess.run(
        ChildProgram(path: "/bin/sh", arguments: ["-c", script], environment: environment),
        within: limit, output: .collected(limit: outputLimit))
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func bothStreamsAreReadApart() async throws {
    let outcome = try await run("echo out; echo err >&2; echo more")
    #expect(text(outcome.output) == "out\nmore\n")
    #expect(text(outcome.errors) == "err\n")
    #expect(outcome.ending == .exit(0))
    #expect(!outcome.timedOut && !outcome.overflowed)
  }

  @Test(arguments: [
    ("exit 0", ChildEnding.exit(0)), ("exit 1", .exit(1)), ("exit 255", .exit(255)),
    ("kill -TERM $$", .signal(SIGTERM)), ("kill -KILL $$", .signal(SIGKILL)),
    ("kill -PIPE $$", .signal(SIGPIPE)),
  ])
  func theEndingIsTold(script: String, ending: ChildEnding) async throws {
    #expect(try await run(script).ending == ending)
  }

  @Test func endingsAreWords() {
    #expect("\(ChildEnding.exit(3))" == "exit status 3")
    #expect("\(ChildEnding.signal(9))" == "signal 9")
  }

  @Test(arguments: [
    ("/nonexistent/plugin", "execve", ENOENT), ("/etc/passwd", "execve", EACCES),
    ("/etc", "execve", EACCES),
  ])
  func whatCannotRunIsNamed(path: String, step: String, code: Int32) async throws {
    let error = try await onTestLoop {
      do throws(SpawnError) {
        _ = try await ChildProcess.run(ChildProgram(path: path), within: .seconds(5))
        return nil as SpawnError?
      } catch { return error }
    }
    #expect(error?.path == path && error?.step == step && error?.code == code)
    #expect("\(try #require(error))".hasPrefix("cannot run \(path): execve: "))
  }

  @Test func aMissingFolderIsNamed() async throws {
    let error = try await onTestLoop {
      do throws(SpawnError) {
        let program = ChildProgram(path: "/bin/true", directory: "/nonexistent")
        _ = try await ChildProcess.run(program, within: .seconds(5))
        return nil as SpawnError?
      } catch { return error }
    }
    #expect(error?.step == "chdir")
  }

  /// execve(2) says "No such file or directory" for a script that is there.
  @Test(arguments: [
    ("#!/nonexistent/perl -w\n", "/nonexistent/perl"), ("#! /bin/sh\r\necho\n", "/bin/sh\\x0d"),
  ])
  func aMissingInterpreterIsNamed(text: String, interpreter: String) async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("script", text, mode: 0o755)
    let error = try await onTestLoop {
      do throws(SpawnError) {
        _ = try await ChildProcess.run(ChildProgram(path: path), within: .seconds(5))
        return nil as SpawnError?
      } catch { return error }
    }
    #expect(
      error.map { "\($0)" }
        == "cannot run \(path): its interpreter '\(interpreter)' does not exist")
  }

  /// What a child gets: its arguments and environment and nothing of ours.
  @Test func theChildStartsClean() async throws {
    let outcome = try await onTestLoop {
      try await ChildProcess.run(
        ChildProgram(
          path: "/bin/sh",
          arguments: [
            "-c",
            """
            pwd; readlink /proc/self/fd/0; umask; echo "$0 $1 $2"
            # Without exec the shell would stand in for the status of a child of its own.
            exec /bin/cat /proc/self/status
            """, "me", "a b", "",
          ], environment: ["A=1", "B=two words"], directory: "/usr"), within: .seconds(30))
    }
    let lines = text(outcome.output).split(separator: "\n").map(String.init)
    #expect(lines.prefix(4) == ["/usr", "/dev/null", "0002", "me a b "])
    for mask in ["SigBlk", "SigIgn", "SigCgt"] {
      #expect(lines.contains("\(mask):\t0000000000000000"), "\(mask)")
    }
  }

  /// A child keeps an ignored signal over execve, so the parent resets those that it or its own parent ignored.
  @Test(arguments: [SIGHUP, SIGUSR2, 40])
  func aSignalThatIsIgnoredLaterIsResetInTheChild(number: Int32) async throws {
    let status = ChildProgram(path: "/bin/cat", arguments: ["/proc/self/status"])
    let outcomes = try await onTestLoop {
      let first = try await ChildProcess.run(status, within: .seconds(30))
      let before = signal(number, SIG_IGN)
      clinux_signals_changed()
      defer { signal(number, before) }
      return [first, try await ChildProcess.run(status, within: .seconds(30))]
    }
    for outcome in outcomes {
      #expect(text(outcome.output).contains("SigIgn:\t0000000000000000\n"))
    }
  }

  /// In debug, a start stops the program when a signal has a handler that the start does not know of: it would run in
  /// the child, which shares the parent's memory.
  @Test func aStartKnowsOfTheSignalsThatTheLoopWaitsFor() async throws {
    let outcome = try await onTestLoop {
      _ = try await ChildProcess.run(ChildProgram(path: "/bin/true"), within: .seconds(30))
      let signals = Signals([SIGWINCH])
      defer { withExtendedLifetime(signals) {} }
      return try await ChildProcess.run(ChildProgram(path: "/bin/true"), within: .seconds(30))
    }
    #expect(outcome.ending == .exit(0))
  }

  @Test func theEnvironmentIsExact() async throws {
    let outcome = try await onTestLoop {
      try await ChildProcess.run(
        ChildProgram(path: "/usr/bin/env", environment: ["A=1", "B=two words", "C="]),
        within: .seconds(30))
    }
    #expect(text(outcome.output) == "A=1\nB=two words\nC=\n")
  }

  @Test func noDescriptorLeaks() async throws {
    // ls itself opens the folder: that is 3.
    let outcome = try await run("exec /bin/ls /proc/self/fd")
    #expect(text(outcome.output).split(separator: "\n") == ["0", "1", "2", "3"])
  }

  @Test func theChildLeadsItsOwnSession() async throws {
    let outcome = try await run("echo $$; exec cat /proc/self/stat")
    let words = text(outcome.output).split { $0 == " " || $0 == "\n" }.map(String.init)
    // pid (comm) state ppid pgrp session
    #expect(words[0] == words[1] && words[5] == words[0] && words[6] == words[0])
  }

  @Test func outputHasALimit() async throws {
    let start = ContinuousClock.now
    let outcome = try await run("exec cat /dev/zero")
    // The parts, because a failure would print all of the output.
    let (overflowed, count, ending) = (outcome.overflowed, outcome.output.count, outcome.ending)
    #expect(overflowed)
    #expect(count == 8 << 20)
    #expect(ending == .signal(SIGKILL))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func outputOfJustTheLimitIsWhole() async throws {
    let outcome = try await run("printf 12345", outputLimit: 5)
    #expect(text(outcome.output) == "12345" && !outcome.overflowed && outcome.ending == .exit(0))
    let longer = try await run("printf 123456", outputLimit: 5)
    #expect(text(longer.output) == "12345" && longer.overflowed)
  }

  @Test func longComplaintsAreCutAndTheRunGoesOn() async throws {
    let outcome = try await run("head -c 300000 /dev/zero >&2; echo fine")
    let (count, said, ending) = (outcome.errors.count, text(outcome.output), outcome.ending)
    #expect(count == 64 << 10)
    #expect(said == "fine\n")
    #expect(ending == .exit(0))
  }

  /// stderr has a limit too: a child that writes to it without end is killed.
  @Test func endlessComplaintsEndTheRun() async throws {
    let outcome = try await run("exec yes no >&2")
    #expect(outcome.errorsOverflowed && !outcome.timedOut && !outcome.overflowed)
    #expect(outcome.errors.count == 64 << 10)
    #expect(outcome.ending == .signal(SIGKILL))
  }

  @Test func aThousandLinesComeWhole() async throws {
    let outcome = try await run("seq 1 20000")
    #expect(text(outcome.output) == (1...20000).map { "\($0)\n" }.joined())
  }

  // MARK: The deadline

  /// Runs a script under a clock that stands, and moves it when the script has written its file `ready`.
  private func runLate(
    _ script: String, moves: [Duration] = [.seconds(10), .seconds(2)]
  ) async throws -> (outcome: ChildOutcome, survivors: [Int32]) {
    try await onTestLoop {
      let folder = try TemporaryFolder()
      let clock = LoopClock(standingAt: 0)
      let work = Task { @LoopActor in
        try await ChildProcess.run(
          ChildProgram(
            path: "/bin/sh", arguments: ["-c", script],
            environment: ["PATH=/usr/bin:/bin", "F=\(folder.path)"]),
          within: .seconds(10), clock: clock)
      }
      try await reach { access("\(folder.path)/ready", F_OK) == 0 && clock.waiting == 1 }
      // The script's output is read before the clock moves, and each move waits until the timer that it fires is set.
      try await turn(20)
      var outcome: ChildOutcome?
      let done = Locked(false)
      let waiting = Task { @LoopActor in
        let outcome = try await work.value
        done.with { $0 = true }
        return outcome
      }
      for move in moves where !done.with({ $0 }) {
        clock.advance(by: move)
        _ = await comesTrue(within: .milliseconds(300)) { done.with { $0 } }
      }
      try await reach { done.with { $0 } }
      outcome = try await waiting.value
      let pids = (folder.read("pids") ?? "").split(whereSeparator: \.isWhitespace)
        .compactMap { Int32($0) }
      #expect(!pids.isEmpty)
      _ = await comesTrue(within: .seconds(2)) { pids.allSatisfy { !isAlive($0) } }
      let survivors = pids.filter(isAlive)
      for pid in survivors { kill(pid, SIGKILL) }
      return (outcome!, survivors)
    }
  }

  @Test func theDeadlineEndsTheWholeGroup() async throws {
    let (outcome, survivors) = try await runLate(
      "echo part; sleep 100 & echo $! $$ > $F/pids; : > $F/ready; wait")
    #expect(outcome.timedOut)
    #expect(outcome.ending == .signal(SIGTERM) || outcome.ending == .signal(SIGHUP))
    #expect(text(outcome.output) == "part\n")
    #expect(survivors == [])
  }

  @Test func aChildThatIgnoresSIGTERMIsKilled() async throws {
    let (outcome, survivors) = try await runLate(
      """
      trap '' TERM HUP
      (while :; do sleep 0.02; done) &
      echo $! $$ > $F/pids; : > $F/ready
      while :; do sleep 0.02; done
      """)
    #expect(outcome.timedOut && outcome.ending == .signal(SIGKILL))
    #expect(survivors == [])
  }

  @Test func closedStreamsDoNotEndTheWait() async throws {
    let (outcome, survivors) = try await runLate(
      "echo $$ > $F/pids; exec >&- 2>&-; : > $F/ready; sleep 100")
    #expect(outcome.timedOut && !outcome.leftStreamsOpen)
    #expect(outcome.ending == .signal(SIGTERM) || outcome.ending == .signal(SIGHUP))
    #expect(survivors == [])
  }

  /// The leader ends at SIGTERM; a process of its group ignores it, and holds no pipe.
  @Test func aStubbornChildOfAWillingLeaderIsKilled() async throws {
    let (outcome, survivors) = try await runLate(
      """
      exec >&- 2>&-
      (trap '' TERM HUP; : > $F/deaf; while :; do sleep 0.02; done) &
      echo $! $$ > $F/pids
      while [ ! -e $F/deaf ]; do sleep 0.01; done
      : > $F/ready
      sleep 100
      """)
    #expect(outcome.timedOut)
    #expect(survivors == [])
  }

  /// The deadline comes when the leader has ended: the daemon says so.
  @Test func aDaemonThatKeepsThePipeIsLeftBehindAtTheDeadline() async throws {
    let (outcome, survivors) = try await runLate(
      """
      setsid sh -c 'trap "" TERM HUP; : > $F/deaf
        until grep -q "^State:.Z" /proc/'$$'/status; do sleep 0.01; done
        : > $F/ready; sleep 100' &
      while [ ! -e $F/deaf ]; do sleep 0.01; done
      echo $$ > $F/pids; echo said
      """)
    #expect(outcome.timedOut && outcome.leftStreamsOpen)
    #expect(survivors == [])
  }

  /// A process that is traced cannot be reaped by its parent after its end: it looks like one that hangs in the kernel.
  @Test(.enabled(if: access("/usr/bin/python3", X_OK) == 0 && getuid() == 0 || getenv("CI") != nil))
  func whatDoesNotEvenDieIsGivenUp() async throws {
    let (outcome, survivors) = try await runLate(
      """
      setsid python3 -c '
      import ctypes, os, time
      os.closerange(0, 3)
      if ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0) != 0: raise SystemExit
      open(os.environ["F"] + "/ready", "w")
      time.sleep(100)' &
      echo $! > $F/pids
      sleep 100
      """, moves: [.seconds(10), .seconds(2), .seconds(2)])
    #expect(outcome.timedOut)
    #expect(outcome.ending == nil)
    #expect(survivors.count == 1, "the tracer, which is no part of the group")
  }

  @Test func whatAGoodRunLeavesInTheBackgroundLivesOn() async throws {
    let outcome = try await run("sleep 100 >&- 2>&- & echo $!")
    let pid = try #require(Int32(text(outcome.output).dropLast()))
    #expect(outcome.ending == .exit(0))
    #expect(isAlive(pid))
    kill(pid, SIGKILL)
  }

  @Test func cancellingKillsTheGroup() async throws {
    let (ending, alive) = try await onTestLoop {
      let folder = try TemporaryFolder()
      let work = Task { @LoopActor in
        try await ChildProcess.run(
          ChildProgram(
            path: "/bin/sh",
            arguments: ["-c", "sleep 100 & echo $! > $F/pid; : > $F/ready; wait"],
            environment: ["PATH=/usr/bin:/bin", "F=\(folder.path)"]), within: .seconds(60))
      }
      try await reach { access("\(folder.path)/ready", F_OK) == 0 }
      work.cancel()
      let outcome = try await work.value
      let pid = Int32(folder.read("pid")?.dropLast() ?? "") ?? 0
      _ = await comesTrue(within: .seconds(2)) { !isAlive(pid) }
      return (outcome.ending, isAlive(pid))
    }
    #expect(ending == .signal(SIGKILL))
    #expect(!alive)
  }

  /// Three descriptors lost per run would stay as 600; the descriptors of other tests are closed in time.
  @Test func runsGiveTheirDescriptorsBack() async throws {
    let before = openDescriptors()
    try await onTestLoop {
      for round in 0..<200 {
        let path = round % 2 == 0 ? "/bin/true" : "/nonexistent"
        _ = try? await ChildProcess.run(ChildProgram(path: path), within: .seconds(10))
      }
    }
    #expect(try await onTestLoop { await comesTrue { openDescriptors() - before < 150 } })
  }

  @Test func noZombieIsLeft() async throws {
    let outcome = try await run("echo $$")
    let pid = try #require(Int32(text(outcome.output).dropLast()))
    #expect(kill(pid, 0) != 0 && errno == ESRCH)
  }

  @Test func manyRunAtOnce() async throws {
    let sum = try await onTestLoop {
      await withTaskGroup(of: Int.self) { group in
        for number in 1...40 {
          group.addTask {
            let program = ChildProgram(path: "/bin/echo", arguments: ["\(number)"])
            let outcome = try? await ChildProcess.run(program, within: .seconds(30))
            return Int(String(decoding: outcome?.output.dropLast() ?? [], as: UTF8.self)) ?? 0
          }
        }
        var sum = 0
        for await number in group { sum += number }
        return sum
      }
    }
    #expect(sum == 820)
  }
}

/// Whether a process runs; a zombie does not.
func isAlive(_ pid: Int32) -> Bool {
  guard pid > 0, let file = fopen("/proc/\(pid)/stat", "re") else { return false }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 512)
  guard fgets(&line, 512, file) != nil else { return false }
  let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  return text.split(separator: ") ").last?.first != "Z"
}
