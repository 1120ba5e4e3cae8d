/// A child's stdin and stdout as a transport, as ssh or any other command that connects to a node.
///
/// stderr is collected beside them, at most 64 KiB, because it says why a command gave up.
@LoopActor
public final class ChildTransport: Transport {
  private let child: ChildProcess
  private let pipes: PipeTransport
  private let errors: ChildStream
  private let clock: LoopClock
  private var listening: Task<Void, Never>?
  private var reaping: Task<ChildEnding?, Never>?
  private var isClosed = false

  public var peerName: String { pipes.peerName }

  /// Starts a program.
  /// - Parameter name: what messages call the other side.
  public init(_ program: ChildProgram, name: String, clock: LoopClock = .real) throws(SpawnError) {
    let started = try ChildProcess.start(program, feedsInput: true, readsOutput: true, clock: clock)
    child = started.child
    pipes = PipeTransport(
      reading: started.pipes.output, writing: started.pipes.input, name: name, clock: clock)
    errors = ChildStream(started.pipes.errors, keeping: 64 << 10, upTo: 8 << 20)
    self.clock = clock
    // The task holds no reference to the transport, whose deinit ends the child.
    listening = EventLoop.start { [errors, child] in await errors.readToEnd { child.killGroup() } }
  }

  // Isolated: the descriptors belong to the loop.
  isolated deinit { close() }

  public var isIdle: Bool { !child.hasEnded && pipes.isIdle }

  public func receive<Result>(_ body: (Span<UInt8>) -> Result) async throws(IOError) -> Result? {
    try await pipes.receive(body)
  }

  public func send(_ bytes: [UInt8]) async throws(IOError) { try await pipes.send(bytes) }

  @discardableResult
  public func sendAtOnce(_ bytes: [UInt8]) -> Int { pipes.sendAtOnce(bytes) }

  public func setDeadline(_ deadline: LoopClock.Instant?) { pipes.setDeadline(deadline) }

  /// Closes stdin and stdout and ends the child: a program that has not ended by itself two seconds later gets SIGTERM
  /// and SIGHUP, and SIGKILL after two more, with all of its group.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    pipes.close()
    let timer = clock.schedule(at: clock.now.advanced(by: .seconds(2))) { [child, errors] in
      child.endGroup { errors.close() }
    }
    let reaping = reap()
    EventLoop.start {
      _ = await reaping.value
      timer.cancel()
    }
  }

  /// From now on the child is reaped when it ends by itself, with its group: a transport that nobody uses for a while leaves no zombie.
  public func reapWhenEnded() { reap() }

  @discardableResult
  private func reap() -> Task<ChildEnding?, Never> {
    if let reaping { return reaping }
    child.condemn()
    let task = EventLoop.start { [child, errors] in
      let ending = await child.ended()
      errors.finish()
      return ending
    }
    reaping = task
    return task
  }

  /// Closes the transport and ends the child now: its group gets SIGTERM and SIGHUP at once, SIGKILL two seconds later.
  public func terminate() {
    close()
    child.endGroup { [errors] in errors.close() }
  }

  /// Closes the transport and kills the child's group at once, for a process that is about to end itself.
  public func kill() {
    close()
    child.killGroup()
  }

  /// Closes the transport and waits for the end of the child.
  /// - Returns: how it ended and what it wrote to stderr; `output` is empty.
  public func finish() async -> ChildOutcome {
    close()
    var outcome = ChildOutcome()
    outcome.ending = await reaping?.value ?? nil
    await listening?.value
    outcome.errors = errors.bytes
    outcome.errorsOverflowed = errors.overflowed
    return outcome
  }
}
