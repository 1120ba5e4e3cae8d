internal import CLinux
internal import Glibc

/// A running child in a session of its own, whose output is read on the loop.
@LoopActor
public final class ChildProcess {
  /// The child's pid, which is its group's and session's number too.
  public let pid: Int32
  private let pidfd: Watch
  private let output: Watch
  private let errors: Watch
  private let clock: LoopClock
  /// The run went wrong: nothing of the group may stay.
  private var isCondemned = false
  private let over = Gate()
  private var ending: Ending?

  /// What a run left.
  public struct Outcome: Sendable {
    /// stdout, at most the limit.
    public var output: [UInt8] = []
    /// stderr's first 64 KiB.
    public var errors: [UInt8] = []
    /// stderr held more than stdout may; the child was killed.
    public var complainedTooMuch = false
    /// `nil` when the child had to be killed and did not end even then.
    public var ending: Ending?
    public var timedOut = false
    /// stdout held more than the limit; the child was killed.
    public var overflowed = false
  }

  private init(pid: Int32, pidfd: Int32, output: Int32, errors: Int32, clock: LoopClock) {
    self.pid = pid
    self.pidfd = Watch(pidfd, writing: false)
    self.output = Watch(output, writing: false)
    self.errors = Watch(errors, writing: false)
    self.clock = clock
  }

  /// Starts a program with stdin from /dev/null and reads what it says until it has ended and both its
  /// streams are closed.
  ///
  /// At the deadline the whole process group gets SIGTERM and SIGHUP, and SIGKILL two seconds later. A group is
  /// killed before its leader is reaped, so a number that was given to somebody else is never hit.
  public static func run(
    _ program: Program, within limit: Duration, outputLimit: Int = 8 << 20,
    clock: LoopClock = .real
  ) async throws(SpawnError) -> Outcome {
    let child = try start(program, clock: clock)
    return await withTaskCancellationHandler {
      await child.collect(within: limit, outputLimit: outputLimit)
    } onCancel: {
      EventLoop.main.post { child.kill(SIGKILL) }
    }
  }

  private static func start(_ program: Program, clock: LoopClock) throws(SpawnError) -> ChildProcess
  {
    var ends: [Int32] = []  // read, write of stdout, then of stderr
    for _ in 0..<2 {
      var pair: (read: Int32, write: Int32) = (-1, -1)
      guard clinux_pipe(&pair.read, &pair.write) == 0 else {
        let code = errno
        for end in ends { close(end) }
        throw SpawnError(path: program.path, step: "pipe", code: code)
      }
      ends += [pair.read, pair.write]
    }
    defer {
      close(ends[1])
      close(ends[3])
    }
    do {
      let (pid, pidfd) = try program.start(input: -1, output: ends[1], errors: ends[3])
      return ChildProcess(
        pid: pid, pidfd: pidfd, output: ends[0], errors: ends[2], clock: clock)
    } catch {
      close(ends[0])
      close(ends[2])
      throw error
    }
  }

  private func collect(within limit: Duration, outputLimit: Int) async -> Outcome {
    let deadline = clock.now.advanced(by: limit)
    var outcome = Outcome()
    var timedOut = false
    let timer = clock.schedule(at: deadline) { [weak self] in
      timedOut = true
      self?.endGroup()
    }
    // No `async let`: in a task without our executor it would start on the global pool.
    let listening = EventLoop.start {
      await self.drain(self.errors, keeping: 64 << 10, upTo: outputLimit)
    }
    let answer = await drain(output, keeping: outputLimit, upTo: outputLimit)
    outcome.output = answer.bytes
    outcome.overflowed = answer.overflowed
    let complaints = await listening.value
    outcome.errors = complaints.bytes
    outcome.complainedTooMuch = complaints.overflowed
    outcome.ending = await ended()
    timer.cancel()
    outcome.timedOut = timedOut
    return outcome
  }

  /// Asks the group to end and sees to it that it does.
  private func endGroup() {
    isCondemned = true
    kill(SIGTERM)
    kill(SIGHUP)
    _ = clock.schedule(at: clock.now.advanced(by: .seconds(2))) { [self] in
      kill(SIGKILL)
      // A process that left the group may hold the pipes for ever: they are closed from our side.
      output.fail(.timedOut)
      errors.fail(.timedOut)
      // A process that hangs in the kernel, on a dead file server say, does not even end now: nobody waits for it.
      _ = clock.schedule(at: clock.now.advanced(by: .seconds(2))) { [self] in over.open() }
    }
  }

  private func kill(_ signal: Int32) {
    if pidfd.failure == nil { Glibc.kill(-pid, signal) }
  }

  /// Reads a stream to its end. A child that says more than the limit is killed.
  private func drain(_ watch: Watch, keeping kept: Int, upTo limit: Int) async -> (
    bytes: [UInt8], overflowed: Bool
  ) {
    var total = 0
    var bytes: [UInt8] = []
    var reads = 0
    while watch.failure == nil {
      // Who prints without end must leave the loop to the others, and to the deadline, at times.
      reads += 1
      if reads % 16 == 0 { await EventLoop.main.turned() }
      let count = read(watch.descriptor, scratch.baseAddress, scratch.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        guard errno == EAGAIN, (try? await watch.waitReadable()) != nil else { break }
        continue
      }
      bytes.append(contentsOf: scratched(min(count, kept - bytes.count)))
      total += count
      if total > limit {
        isCondemned = true
        kill(SIGKILL)
        return (bytes, true)
      }
    }
    return (bytes, false)
  }

  /// Waits for the end of the process; `nil` when that does not come.
  private func ended() async -> Ending? {
    // Goes on when nobody waits any more, so that no zombie is left when the process ends at last.
    EventLoop.start { await self.reap() }
    await over.wait()
    return ending
  }

  private func reap() async {
    ending = await reaped()
    over.open()
  }

  /// Waits for the end of the process and reaps it. What it left in the background lives on, as under
  /// munin-node, unless the run went wrong.
  private func reaped() async -> Ending? {
    while true {
      // The pidfd is readable when the process is a zombie; its group can still be named by its number.
      if (try? await pidfd.waitReadable()) == nil { return nil }
      if isCondemned { Glibc.kill(-pid, SIGKILL) }
      var code: Int32 = 0
      var killed: Int32 = 0
      let result = clinux_reap(pidfd.descriptor, &code, &killed)
      if result == 0 { continue }
      pidfd.fail(.closed)
      return result < 0 ? nil : killed != 0 ? .signal(code) : .exit(code)
    }
  }
}
