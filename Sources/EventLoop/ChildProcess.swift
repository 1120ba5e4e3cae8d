internal import CLinux
internal import Glibc

/// A running child process in a session of its own: its end, and the signals to its group.
///
/// Two parts use it: ``run(_:input:within:output:until:clock:)`` collects the streams, a ``ChildTransport`` exchanges
/// bytes over them.
@LoopActor
public final class ChildProcess {
  /// The child's pid, which is the number of its group and its session too.
  let pid: Int32
  private let pidfd: Watch
  private let clock: LoopClock
  /// When the leader has ended, the rest of the group is killed.
  private var isCondemned = false
  private var endTimer: LoopTimer?
  private let over = Gate()
  private var ending: ChildEnding?

  private init(pid: Int32, pidfd: Int32, clock: LoopClock) {
    self.pid = pid
    self.pidfd = Watch(pidfd, writing: false)
    self.clock = clock
  }

  /// The parent's ends of a child's streams. A descriptor is -1 where there is no pipe.
  struct Pipes {
    var input: Int32 = -1
    var output: Int32 = -1
    var errors: Int32 = -1

    func close() { for end in [input, output, errors] where end >= 0 { Glibc.close(end) } }
  }

  /// Starts a program.
  /// - Parameters:
  ///   - feedsInput: whether stdin is a pipe; else it is /dev/null.
  ///   - readsOutput: whether stdout is a pipe; else it is /dev/null.
  static func start(
    _ program: ChildProgram, feedsInput: Bool, readsOutput: Bool, clock: LoopClock
  ) throws(SpawnError) -> (child: ChildProcess, pipes: Pipes) {
    var ours = Pipes()
    var theirs = Pipes()
    var failed: (step: String, code: Int32)?
    if feedsInput, clinux_pipe(&theirs.input, &ours.input, 1) != 0 { failed = ("pipe", errno) }
    if failed == nil {
      if readsOutput {
        if clinux_pipe(&ours.output, &theirs.output, 0) != 0 { failed = ("pipe", errno) }
      } else {
        // Not closed: the number would be given to the first file that the program opens.
        theirs.output = clinux_open_append("/dev/null")
        if theirs.output < 0 { failed = ("open /dev/null", errno) }
      }
    }
    if failed == nil, clinux_pipe(&ours.errors, &theirs.errors, 0) != 0 { failed = ("pipe", errno) }
    defer { theirs.close() }
    if let failed {
      ours.close()
      throw SpawnError(path: program.path, step: failed.step, code: failed.code)
    }
    do {
      let (pid, pidfd) = try program.start(
        input: theirs.input, output: theirs.output, errors: theirs.errors)
      return (ChildProcess(pid: pid, pidfd: pidfd, clock: clock), ours)
    } catch {
      ours.close()
      throw error
    }
  }

  // MARK: Ending it

  /// Asks the group to end with SIGTERM and SIGHUP, and kills it two seconds later.
  /// - Parameter onKilled: called after the kill: a process that left the group may hold the pipes for ever.
  func endGroup(onKilled: @escaping @LoopActor () -> Void) {
    guard endTimer == nil else { return }
    isCondemned = true
    signal(SIGTERM)
    signal(SIGHUP)
    endTimer = clock.schedule(at: clock.now.advanced(by: .seconds(2))) { [self] in
      signal(SIGKILL)
      onKilled()
      // A process that hangs in the kernel, on a dead file server for example, does not even end now.
      endTimer = clock.schedule(at: clock.now.advanced(by: .seconds(2))) { [self] in over.open() }
    }
  }

  /// The group must not outlive its leader.
  func condemn() { isCondemned = true }

  /// Kills the group at once.
  func killGroup() {
    isCondemned = true
    signal(SIGKILL)
  }

  private func signal(_ number: Int32) {
    // Not after the leader was reaped: its number may be another process's by now.
    if pidfd.failure == nil { Glibc.kill(-pid, number) }
  }

  // MARK: Its end

  /// Whether the process itself has ended; others of its group may still run.
  var hasEnded: Bool {
    !pidfd.isSilent
  }

  /// Waits for the end of the process and reaps it. Call it once.
  /// - Returns: `nil` when the process was killed and does not end even then.
  func ended() async -> ChildEnding? {
    // This task outlives the caller's wait, so that a process which ends late leaves no zombie.
    EventLoop.start { [self] in
      ending = await reaped()
      over.open()
    }
    await over.wait()
    endTimer?.cancel()
    return ending
  }

  /// What the process left in the background lives on, as under munin-node, unless the run failed.
  private func reaped() async -> ChildEnding? {
    while true {
      // The pidfd is readable when the process is a zombie; its group can still be named by its number.
      if (try? await pidfd.waitReadable()) == nil { return nil }
      if isCondemned { signal(SIGKILL) }
      var code: Int32 = 0
      var killed: Int32 = 0
      let result = clinux_reap(pidfd.descriptor, &code, &killed)
      if result == 0 { continue }
      pidfd.fail(.closed)
      return result < 0 ? nil : killed != 0 ? .signal(code) : .exit(code)
    }
  }
}
