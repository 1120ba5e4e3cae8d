internal import CEvent
internal import Glibc

/// The clock and the timers of the loop: the machine's time, or one that a test moves.
///
/// Deadlines count on the monotonic clock; ``epoch`` is the wall clock's second, for what is written down.
public final class LoopClock: Clock, @unchecked Sendable {
  // Unchecked: all but `now` of the real clock belongs to the loop's thread.

  /// A point on the monotonic clock, in nanoseconds.
  public struct Instant: InstantProtocol {
    public let nanoseconds: Int64

    public func advanced(by duration: Duration) -> Instant {
      Instant(nanoseconds: nanoseconds &+ duration.wholeNanoseconds)
    }

    public func duration(to other: Instant) -> Duration {
      .nanoseconds(other.nanoseconds - nanoseconds)
    }

    public static func < (one: Instant, other: Instant) -> Bool {
      one.nanoseconds < other.nanoseconds
    }
  }

  /// The machine's clock.
  public static let real = LoopClock(manual: nil)

  private struct Manual {
    var now: Instant
    var epoch: Int
    var rest: Int64 = 0
  }

  private var manual: Manual?
  private var timers = TimerQueue()
  private var alarm: OpaquePointer?
  private var alarmAt: Instant?

  private init(manual: Manual?) { self.manual = manual }

  /// A clock that stands still until ``advance(by:)``.
  /// - Parameter epoch: its wall clock's start, in seconds since 1970.
  public convenience init(standingAt epoch: Int) {
    self.init(manual: Manual(now: Instant(nanoseconds: 1_000_000_000), epoch: epoch))
  }

  public var now: Instant {
    if let manual { return manual.now }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Seconds since 1970.
  public var epoch: Int { manual?.epoch ?? time(nil) }

  /// Seconds since 1970 with their fraction in nanoseconds.
  public var preciseEpoch: (seconds: Int, nanoseconds: Int) {
    if let manual { return (manual.epoch, Int(manual.rest)) }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return (time.tv_sec, time.tv_nsec)
  }

  public var minimumResolution: Duration { .milliseconds(1) }

  /// Moves a standing clock and fires the timers that have become due.
  @LoopActor
  public func advance(by duration: Duration) {
    precondition(manual != nil, "the machine's clock cannot be moved")
    manual!.now = manual!.now.advanced(by: duration)
    let rest = manual!.rest + duration.wholeNanoseconds
    manual!.epoch += Int(rest / 1_000_000_000)
    manual!.rest = rest % 1_000_000_000
    fireDue()
  }

  /// Sets the wall clock of a standing clock forward, or back for fewer than 0 seconds, as somebody sets the machine's. Timers count on
  /// the other clock.
  @LoopActor
  public func set(forwardBy seconds: Int) {
    precondition(manual != nil, "the machine's clock cannot be moved")
    manual!.epoch += seconds
  }

  /// The number of pending timers: a test waits for it before it moves the clock.
  @LoopActor
  public var waiting: Int { timers.count }

  /// How many timers are kept, cancelled ones too.
  @LoopActor
  var kept: Int { timers.size }

  /// Frees the cancelled timers.
  @LoopActor
  func forgetCancelled() { timers.removeCancelled() }

  /// Calls `action` once at `deadline`, on the loop's thread, unless cancelled before.
  @LoopActor
  public func schedule(at deadline: Instant, _ action: @escaping @LoopActor () -> Void) -> LoopTimer
  {
    let timer = LoopTimer(deadline: deadline, action: action)
    timers.insert(timer)
    arm()
    return timer
  }

  /// Waits until `deadline`.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    try await sleepOnLoop(until: deadline)
  }

  /// Waits for a while.
  /// - Throws: `CancellationError` when the task is cancelled.
  public func sleep(for duration: Duration) async throws {
    try await sleepOnLoop(until: now.advanced(by: duration))
  }

  @LoopActor
  private func sleepOnLoop(until deadline: Instant) async throws {
    let gate = Gate()
    let timer = schedule(at: deadline) { gate.open() }
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { gate.open() }
    }
    timer.cancel()
    try Task.checkCancellation()
  }

  /// Runs what is due and sets the alarm for what is next.
  @LoopActor
  private func fireDue() {
    let instant = now
    while let timer = timers.popDue(at: instant) { timer.fire() }
    arm()
  }

  @LoopActor
  private func arm() {
    guard manual == nil else { return }
    guard let next = timers.nextDeadline else {
      if alarmAt != nil { event_del(alarm) }
      alarmAt = nil
      return
    }
    guard alarmAt != next else { return }
    if alarm == nil {
      alarm = event_new(
        EventLoop.main.base, -1, 0,
        { _, _, _ in
          onLoop { LoopClock.real.alarmFired() }
        }, nil)
    }
    let wait = max(0, now.duration(to: next).wholeNanoseconds) + 999
    var interval = timeval(
      tv_sec: Int(wait / 1_000_000_000), tv_usec: Int(wait % 1_000_000_000 / 1000))
    event_add(alarm, &interval)
    alarmAt = next
  }

  @LoopActor
  private func alarmFired() {
    alarmAt = nil
    fireDue()
  }
}

extension Duration {
  /// The duration in nanoseconds, cut at ± 292 years.
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let whole = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if whole.overflow { return seconds < 0 ? .min / 2 : .max / 2 }
    return whole.partialValue &+ attoseconds / 1_000_000_000
  }
}
