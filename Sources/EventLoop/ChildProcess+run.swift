internal import Glibc

extension ChildProcess {
  /// What becomes of a child's stdout.
  public enum Output: Hashable, Sendable {
    /// It is kept, up to so many bytes; a child that writes more is killed.
    case collected(limit: Int)
    /// It goes to /dev/null.
    case discarded
  }

  /// When a run is over.
  public enum Completion: Hashable, Sendable {
    /// When the process has ended and its streams are closed, also by what it left in the background.
    case streamsClosed
    /// When the process has ended. What it left in the background may go on writing, unread: a `mail` command hands
    /// over to the mail system in this way.
    case exit
  }

  /// Runs a program to its end.
  ///
  /// At the time limit the whole process group gets SIGTERM and SIGHUP, and SIGKILL two seconds later. A group is
  /// killed before its leader is reaped, so a number that was given to another process is never hit. When the task is
  /// cancelled the group is killed at once.
  /// - Parameters:
  ///   - input: the bytes for stdin, `nil` for /dev/null. A child that does not read them is no error.
  ///   - limit: how long it may run.
  public static func run(
    _ program: ChildProgram, input: [UInt8]? = nil, within limit: Duration,
    output: Output = .collected(limit: 8 << 20), until completion: Completion = .streamsClosed,
    clock: LoopClock = .real
  ) async throws(SpawnError) -> ChildOutcome {
    var readsOutput = false
    var outputLimit = 0
    if case .collected(let limit) = output { (readsOutput, outputLimit) = (true, limit) }
    let (child, pipes) = try start(
      program, feedsInput: input != nil, readsOutput: readsOutput, clock: clock)
    let run = ChildRun(
      child, input: input.map { (bytes: $0, pipe: Watch(pipes.input)) },
      output: readsOutput
        ? ChildStream(pipes.output, keeping: outputLimit, upTo: outputLimit) : nil,
      errors: ChildStream(pipes.errors, keeping: 64 << 10, upTo: 8 << 20))
    return await withTaskCancellationHandler {
      await run.outcome(within: limit, until: completion, clock: clock)
    } onCancel: {
      EventLoop.main.post { child.killGroup() }
    }
  }
}

/// One run of a child: its streams and its time limit.
@LoopActor
private final class ChildRun {
  private let child: ChildProcess
  private let input: (bytes: [UInt8], pipe: Watch)?
  private let output: ChildStream?
  private let errors: ChildStream
  private var timedOut = false
  private var leftStreamsOpen = false

  init(
    _ child: ChildProcess, input: (bytes: [UInt8], pipe: Watch)?, output: ChildStream?,
    errors: ChildStream
  ) {
    self.child = child
    self.input = input
    self.output = output
    self.errors = errors
  }

  func outcome(
    within limit: Duration, until completion: ChildProcess.Completion, clock: LoopClock
  ) async -> ChildOutcome {
    let timer = clock.schedule(at: clock.now.advanced(by: limit)) { [self] in
      timedOut = true
      leftStreamsOpen = child.hasEnded
      child.endGroup { [self] in closeStreams() }
    }
    // No `async let`: in a task without our executor it would start on the global pool.
    let writing = input.map { input in EventLoop.start { await ChildRun.feed(input) } }
    let listening = EventLoop.start { [self] in await errors.readToEnd { child.killGroup() } }
    let ending: ChildEnding?
    switch completion {
    case .streamsClosed:
      await output?.readToEnd { child.killGroup() }
      await listening.value
      ending = await child.ended()
    case .exit:
      let reading = output.map { output in
        EventLoop.start { [self] in await output.readToEnd { child.killGroup() } }
      }
      ending = await child.ended()
      output?.finish()
      errors.finish()
      await reading?.value
      await listening.value
    }
    timer.cancel()
    input?.pipe.fail(.closed)
    await writing?.value
    var outcome = ChildOutcome()
    outcome.output = output?.bytes ?? []
    outcome.errors = errors.bytes
    outcome.ending = ending
    outcome.timedOut = timedOut
    outcome.leftStreamsOpen = leftStreamsOpen
    outcome.overflowed = output?.overflowed ?? false
    outcome.errorsOverflowed = errors.overflowed
    FreeMemory.collected(bytes: outcome.output.count)
    return outcome
  }

  private func closeStreams() {
    output?.close()
    errors.close()
  }

  /// Writes all of it and closes the pipe.
  private static func feed(_ input: (bytes: [UInt8], pipe: Watch)) async {
    // EPIPE is no error here: the exit status tells whether the program succeeded without reading everything.
    try? await input.pipe.write(input.bytes, name: "stdin")
    input.pipe.fail(.closed)
  }
}
