import EventLoop
import Glibc
import TestSupport
import Testing

struct LoopTests {
  @Test func jobsOfManyThreadsAllRun() async throws {
    try await onTestLoop {}
    let sum = await withTaskGroup(of: Int.self) { group in
      for number in 1...2000 {
        group.addTask { await Self.onLoop(number) }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == 2_001_000)
  }

  @LoopActor
  private static func onLoop(_ number: Int) -> Int {
    EventLoop.main.isCurrent ? number : 0
  }

  /// Endless jobs from other threads must not delay timers and sockets.
  @Test func aStreamOfForeignJobsLeavesRoomForEvents() async throws {
    let rang = Locked(false)
    try await onTestLoop {
      _ = LoopClock.real.schedule(at: LoopClock.real.now) { rang.with { $0 = true } }
    }
    let flooder = Flood()
    let end = ContinuousClock.now + .seconds(3)
    while !rang.with({ $0 }), ContinuousClock.now < end { flooder.push(100) }
    #expect(rang.with { $0 })
    await flooder.drained()
  }

  /// A stream that is read as fast as it is made brings an event at each look: jobs have their turn all the same.
  @Test func endlessEventsLeaveRoomForJobs() async throws {
    let calls = try await onTestLoop {
      let pipe = try Pipe()
      defer { pipe.close() }
      pipe.fill()
      var calls = 0
      var watch: DescriptorWatch?
      // It stays readable. So that a loop which sees nothing else ends, the watch gives up.
      watch = DescriptorWatch(pipe.output) {
        calls += 1
        if calls == 5000 { watch?.stop() }
      }
      for _ in 0..<20 { await EventLoop.main.turned() }
      watch?.stop()
      return calls
    }
    #expect((1..<1000).contains(calls))
  }

  /// A timer or a page does not wait for everything that is to be done, only for a few milliseconds of it.
  @Test func longJobsLeaveRoomForEvents() async throws {
    let seen = try await onTestLoop {
      let pipe = try Pipe()
      defer { pipe.close() }
      pipe.fill()
      var done = 0
      var seen: Int?
      var watch: DescriptorWatch?
      watch = DescriptorWatch(pipe.output) {
        seen = seen ?? done
        watch?.stop()
      }
      var order: [Int] = []
      let end = Gate()
      for number in 0..<200 {
        EventLoop.main.post {
          usleep(2000)
          done += 1
          order.append(number)
          if done == 200 { end.open() }
        }
      }
      await end.wait()
      watch?.stop()
      #expect(order == Array(0..<200))
      return seen
    }
    #expect(seen.map { $0 < 100 } == true)
  }

  /// Many callbacks that come at once do not keep a job waiting for all of them.
  @Test func longCallbacksLeaveRoomForJobs() async throws {
    let seen = try await onTestLoop {
      let pipes = try (0..<30).map { _ in try Pipe() }
      defer { for pipe in pipes { pipe.close() } }
      var called = 0
      var seen: Int?
      let end = Gate()
      let watches = Locked<[DescriptorWatch]>([])
      for (index, pipe) in pipes.enumerated() {
        pipe.fill()
        let watch = DescriptorWatch(pipe.output) {
          watches.with { $0 }[index].stop()
          usleep(3000)
          if called == 0 { EventLoop.main.post { seen = called } }
          called += 1
          if called == pipes.count { end.open() }
        }
        watches.with { $0.append(watch) }
      }
      await end.wait()
      return seen
    }
    #expect(seen.map { $0 < 20 } == true)
  }

  private struct Pipe {
    let output: Int32
    let input: Int32

    init() throws {
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      (output, input) = (ends[0], ends[1])
    }

    func fill() { _ = write(input, "x", 1) }

    func close() {
      Glibc.close(output)
      Glibc.close(input)
    }
  }

  @Test func theLoopIsNotElsewhere() async throws {
    #expect(EventLoop.main.isCurrent == false)
    #expect(try await onTestLoop { EventLoop.main.isCurrent })
    #expect(EventLoop.main.isIsolatingCurrentContext() == false)
  }

  @Test func aGateOpenedBeforeStandsOpen() async throws {
    try await onTestLoop {
      let gate = Gate()
      gate.open()
      gate.open()
      await gate.wait()
      await gate.wait()
    }
  }

  /// A task without the loop as its preference is queued once more on its way to the wait, and the gate is
  /// opened just then.
  @Test func aGateOpenedOnTheWayToTheWaitIsSeen() async throws {
    try await onTestLoop {
      let passed = Locked(0)
      for _ in 0..<100 {
        let gate = Gate()
        Task { @LoopActor in
          await gate.wait()
          passed.with { $0 += 1 }
        }
        EventLoop.main.post { gate.open() }
      }
      try await reach("the last of a hundred") { passed.with { $0 } == 100 }
    }
  }

  @Test func aLockHoldsOffOthers() async {
    let counter = Locked(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<10_000 { counter.with { $0 += 1 } } }
      }
    }
    #expect(counter.with { $0 } == 80_000)
  }

  // MARK: Signals

  @Test func signalsOfOneKindArriveInOrder() async throws {
    let got = try await onTestLoop {
      let signals = Signals([SIGUSR2, SIGWINCH])
      kill(getpid(), SIGUSR2)
      let first = await signals.next()
      kill(getpid(), SIGWINCH)
      let second = await signals.next()
      return [first, second]
    }
    #expect(got == [SIGUSR2, SIGWINCH])
  }

  @Test func waitingForASignalCanBeCancelled() async throws {
    let got = try await onTestLoop {
      let signals = Signals([SIGURG])
      let waiting = Task { @LoopActor in await signals.next() }
      try await turn(5)
      waiting.cancel()
      return await waiting.value
    }
    #expect(got == nil)
  }

  // MARK: Threads beside the loop

  actor Worker {
    private let executor = ThreadExecutor(label: "test-worker")
    nonisolated var unownedExecutor: UnownedSerialExecutor {
      executor.asUnownedSerialExecutor()
    }
    private var count = 0

    func work() -> (count: Int, thread: Int, onLoop: Bool, name: String) {
      assertIsolated()
      count += 1
      return (count, Int(pthread_self()), EventLoop.main.isCurrent, nameOfThisThread())
    }
  }

  @Test func anActorKeepsItsThread() async {
    let worker = Worker()
    var threads: Set<Int> = []
    for round in 1...200 {
      let (count, thread, onLoop, name) = await worker.work()
      threads.insert(thread)
      #expect(count == round && !onLoop && name == "test-worker")
    }
    #expect(threads.count == 1)
  }

  @Test func anActorsJobsRunOneAtATime() async {
    let worker = Worker()
    let counts = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<500 { group.addTask { await worker.work().count } }
      return await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(counts == Set(1...500))
  }

  // MARK: Calls that hang

  @Test func aCallThatHangsGivesNothingAndThePoolGoesOn() async throws {
    let release = Locked(false)
    let (hung, next, later) = try await onTestLoop {
      let pool = Blocking(threads: 2)
      let clock = LoopClock(standingAt: 0)
      let stuck = Task { @LoopActor in
        await pool.run(within: .seconds(5), clock: clock) {
          while !release.with({ $0 }) { usleep(1000) }
          return 1
        }
      }
      try await reach { clock.waiting == 1 }
      let next = await pool.run(within: .seconds(30)) { EventLoop.main.isCurrent ? 0 : 2 }
      clock.advance(by: .seconds(5))
      let hung = await stuck.value
      let later = await pool.run(within: .seconds(30)) { 3 }
      return (hung, next, later)
    }
    release.with { $0 = true }
    #expect(hung == nil)
    #expect(next == 2)
    #expect(later == 3)
  }

  @Test func aFullPoolMakesOthersWaitNoLongerThanTheyMay() async throws {
    let release = Locked(false)
    let ran = Locked(false)
    let (waited, after) = try await onTestLoop {
      let pool = Blocking(threads: 1)
      let clock = LoopClock(standingAt: 0)
      let stuck = Task { @LoopActor in
        await pool.run(within: .seconds(500), clock: clock) {
          while !release.with({ $0 }) { usleep(1000) }
          return true
        }
      }
      try await reach { clock.waiting == 1 }
      let queued = Task { @LoopActor in
        await pool.run(within: .seconds(5), clock: clock) {
          ran.with { $0 = true }
          return true
        }
      }
      try await reach { clock.waiting == 2 }
      clock.advance(by: .seconds(5))
      let waited = await queued.value
      release.with { $0 = true }
      #expect(await stuck.value == true)
      return (waited, await pool.run(within: .seconds(30)) { true })
    }
    #expect(waited == nil)
    #expect(after == true)
    #expect(ran.with { $0 } == false, "a call that nobody waits for any more was made")
  }
}

/// Jobs for the loop, pushed by another thread faster than it takes them.
private final class Flood: Sendable {
  private let open = Locked(0)

  func push(_ count: Int) {
    // A queue that is never empty, but never grows far either.
    guard open.with({ $0 }) < 2000 else { return }
    open.with { $0 += count }
    for _ in 0..<count {
      Task { @LoopActor [open] in
        open.with { $0 -= 1 }
        usleep(20)
      }
    }
  }

  func drained() async { _ = await comesTrue { self.open.with { $0 } <= 0 } }
}

private func nameOfThisThread() -> String {
  guard let file = fopen("/proc/thread-self/comm", "re") else { return "" }
  defer { fclose(file) }
  var line = [CChar](repeating: 10, count: 32)
  fgets(&line, 32, file)
  return String(line.prefix { $0 != 10 }.map { Character(UnicodeScalar(UInt8(bitPattern: $0))) })
}
