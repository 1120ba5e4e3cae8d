internal import CEvent
internal import CLinux
internal import Glibc

/// The one owner of libevent: a loop that runs Swift's jobs between its events.
///
/// A program calls ``run(_:)`` on its main thread; tests run the loop on a thread of their own. Jobs may be
/// enqueued from any thread; from another one a lock and an eventfd bring them over.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
  // Unchecked: `ready`, `finished`, `unpolled`, `jobsBegan`, `busy`, `coreWait` and `base` belong to the loop's thread;
  // `incoming` and `sleeping` are touched only while `lock` is held.

  /// The loop of this process.
  public static let main = EventLoop()

  let base: OpaquePointer
  private var ready: [UnownedJob] = []
  private var finished = false
  /// How many batches of jobs have run since the last look at the sockets.
  private var unpolled = 0
  /// When the jobs after the last look began.
  private var jobsBegan: Int64 = 0
  private var busy = BusyMeter()
  private var coreWait: CoreWait?
  /// So many batches run between two looks at the sockets.
  private static let batchesPerLook = 8
  /// For so many nanoseconds the callbacks of a look run, and then jobs; the one under way runs to its end. The clock for
  /// this costs little and goes in steps of a few milliseconds.
  private static let longestTurn: Int64 = 2_000_000
  private let lock = clinux_lock_create()!
  private var incoming: [UnownedJob] = []
  private var sleeping = false
  private let wakeUp: Int32

  private init() {
    // A write to a closed connection is an error of write(2), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    clinux_signals_changed()
    event_set_mem_functions(clinux_slot_malloc, clinux_slot_realloc, clinux_slot_free)
    // libevent's own messages would go to stderr; each caller reports its error itself.
    event_set_log_callback { _, _ in }
    // Not the precise timer: it costs a system call in each turn, and a millisecond is near enough.
    let made = event_base_new()
    wakeUp = clinux_eventfd()
    precondition(made != nil && wakeUp >= 0, "cannot make an event loop: error \(errno)")
    base = made!
    let event = event_new(
      base, wakeUp, Int16(EV_READ | EV_PERSIST),
      { descriptor, _, _ in
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
      }, nil)
    event_add(event, nil)
  }

  /// libevent's `event_base`, for the one other owner of a part of libevent: HTTP.
  public var eventBase: OpaquePointer { base }

  /// Whether the caller runs on the loop's thread.
  public var isCurrent: Bool { clinux_thread_has_mark(identity) != 0 }

  private var identity: UnsafeRawPointer {
    UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      ready.append(job)
      return
    }
    clinux_lock_acquire(lock)
    incoming.append(job)
    let wake = sleeping
    sleeping = false
    clinux_lock_release(lock)
    if wake {
      var one: UInt64 = 1
      _ = write(wakeUp, &one, 8)
    }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  public func checkIsolated() {
    precondition(isCurrent, "not on the event loop's thread")
  }

  public func isIsolatingCurrentContext() -> Bool? { isCurrent }

  /// Runs the loop on the calling thread until `body` has ended, and returns what it returned.
  public func run<Value: Sendable>(
    _ body: @escaping @LoopActor @Sendable () async throws -> Value
  ) throws -> Value {
    clinux_thread_mark(identity)
    let outcome = Locked<Result<Value, any Error>?>(nil)
    Task(executorPreference: self) { await self.finish(body, into: outcome) }
    turn()
    guard let result = outcome.with({ $0 }) else {
      preconditionFailure("the loop ended before its root task")
    }
    return try result.get()
  }

  @LoopActor
  private func finish<Value: Sendable>(
    _ body: @LoopActor @Sendable () async throws -> Value,
    into outcome: Locked<Result<Value, any Error>?>
  ) async {
    let result: Result<Value, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    outcome.with { $0 = result }
    finished = true
  }

  /// Jobs, then events, until the root task has ended.
  private func turn() {
    let serial = asUnownedSerialExecutor()
    let tasks = asUnownedTaskExecutor()
    var batch: [UnownedJob] = []
    unpolled = 0
    jobsBegan = EventLoop.coarseNow
    finished = false
    busy.forget()
    coreWait = nil
    while !finished {
      clinux_lock_acquire(lock)
      ready.append(contentsOf: incoming)
      incoming.removeAll(keepingCapacity: true)
      sleeping = ready.isEmpty
      clinux_lock_release(lock)
      if ready.isEmpty {
        look(EVLOOP_ONCE)
        clinux_lock_acquire(lock)
        sleeping = false
        clinux_lock_release(lock)
        unpolled = 0
      } else {
        // Jobs that make jobs, here or on other threads, must not starve the sockets. One answer takes a few, and a
        // look at the sockets costs as much as a read.
        if unpolled >= EventLoop.batchesPerLook {
          // One look and no more: without ONCE libevent goes on as long as callbacks bring events.
          look(EVLOOP_ONCE | EVLOOP_NONBLOCK)
          unpolled = 0
        }
        unpolled += 1
        swap(&ready, &batch)
        var done = 0
        while done < batch.count {
          batch[done].runSynchronously(isolatedTo: serial, taskExecutor: tasks)
          done += 1
          if isLate(since: jobsBegan) {
            unpolled = EventLoop.batchesPerLook
            break
          }
        }
        if done < batch.count {
          // What is left comes before the jobs that were made meanwhile.
          batch.removeSubrange(..<done)
          batch.append(contentsOf: ready)
          swap(&ready, &batch)
        }
        batch.removeAll(keepingCapacity: true)
      }
    }
  }

  /// Looks at the events, and runs the callbacks of those that have come.
  private func look(_ flags: Int32) {
    let now = LoopClock.real.now.nanoseconds
    busy.end(at: now, waited: busy.began.flatMap { coreWait?.waited(from: $0, to: now) } ?? 0)
    event_base_loop(base, flags)
    woke()
    jobsBegan = EventLoop.coarseNow
  }

  /// The first callback of a look, or its end, begins a stretch of work.
  func woke() {
    guard busy.began == nil else { return }
    let now = LoopClock.real.now.nanoseconds
    busy.begin(at: now)
    coreWait?.begin(at: now)
  }

  /// A callback has ended. When it is late, jobs and another look at the events come before the other callbacks.
  func worked() {
    if let began = busy.began, isLate(since: began) { event_base_loopbreak(base) }
  }

  private func isLate(since began: Int64) -> Bool {
    EventLoop.coarseNow - began >= EventLoop.longestTurn
  }

  private static var coarseNow: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// How long the loop has worked at most without a look at its events: since the program's start, and in the last one to
  /// two minutes.
  @LoopActor
  public var longestStretches: (ever: Duration, recent: Duration) {
    durations(busy.whole(at: LoopClock.real.now.nanoseconds))
  }

  /// The same without the time for which the loop could have gone on and waited for a core, because others ran on all of
  /// them. Waiting for a disk is in it. As long as ``measureCoreWaits()`` was not called, it is no less than the whole.
  @LoopActor
  public var longestOwnStretches: (ever: Duration, recent: Duration) {
    durations(busy.own(at: LoopClock.real.now.nanoseconds))
  }

  /// From now on it is known how long the loop waits for a core. That costs a system call in each millisecond of work.
  @LoopActor
  public func measureCoreWaits() { coreWait = CoreWait.ofThisThread() }

  private func durations(
    _ stretches: (ever: Int64, recent: Int64)
  ) -> (ever: Duration, recent: Duration) {
    (.nanoseconds(stretches.ever), .nanoseconds(stretches.recent))
  }

  /// Starts a task that stays on the loop's thread, and whose children stay there too. A bare `Task` would
  /// start its children on the global pool's threads.
  @discardableResult
  public static func start<Value: Sendable>(
    _ body: @escaping @LoopActor @Sendable () async -> Value
  ) -> Task<Value, Never> {
    Task(executorPreference: main) { await body() }
  }

  /// Lets the loop look at its events and run the jobs that wait. (`Task.yield` would go to the global pool.)
  @LoopActor
  public func turned() async {
    unpolled = EventLoop.batchesPerLook
    let gate = Gate()
    post { gate.open() }
    await gate.wait()
  }

  /// Runs `body` on the loop's thread at its next turn. May be called from any thread.
  public func post(_ body: @escaping @LoopActor @Sendable () -> Void) {
    Task(executorPreference: self) { @LoopActor in body() }
  }
}
