internal import CLinux

/// A read of any answer; see ``SlowRead``.
///
/// The node handles reads by this type: ``begin()`` gives the work for a worker thread, ``finish(at:)`` takes what
/// came of it. Both belong to the loop's thread.
public class AnySlowRead {
  /// What is read, for the log: `/mnt/music`.
  public let subject: String
  /// How long an answer is waited for.
  public let limit: Duration

  fileprivate init(_ subject: String, limit: Duration) {
    self.subject = subject
    self.limit = limit
  }

  /// Starts a new read.
  /// - Returns: the work, for a worker thread; `nil` when the last read has not ended yet.
  public func begin() -> (@Sendable () -> Void)? { nil }

  /// How a read ended.
  public enum End: Sendable {
    case answered
    /// It still runs, beyond its limit.
    case stuck
    /// No worker thread was free within the limit; it will not run any more.
    case notBegun
  }

  /// Ends the wait for the read that ``begin()`` started: its answer counts from now on, or there is none.
  /// - Parameter now: the seconds since the machine started.
  public func finish(at now: Double) -> End { .notBegun }

  /// Whether a plugin that is asked at `now` must wait for a new read.
  func isNeeded(at now: Double) -> Bool { false }
}

/// Something that a plugin reads and that may take long or never end: the room on a file system that a program or
/// another machine serves, a scan of thousands of processes, a status page.
///
/// A plugin keeps its read from question to question (``Host/kept(for:_:)``), declares it in
/// ``Plugin/slowReads(for:on:into:)``, and takes the answer with ``Host/answer(of:)`` when it is asked. The node makes
/// the read on a worker thread before it asks the plugin, once for all services that wait for it, and for at most
/// ``AnySlowRead/limit``. A read that is not over by then is stuck: the plugin is asked without its answer, and the
/// read is not made again until that one has ended. All but the work itself belongs to the loop's thread.
///
/// ```swift
/// let room = SlowRead("/mnt/music", limit: .seconds(5), goodFor: 7) { roomOn("/mnt/music") }
/// ```
public final class SlowRead<Answer: Sendable>: AnySlowRead {
  /// What the next read does, on a worker thread. A read under way keeps its own work.
  public var work: @Sendable () -> Answer
  private let age: Double
  private var attempt: SlowReadAttempt<Answer>?
  private var isStuck = false
  /// What the last read brought, `nil` for no answer within the limit, and when.
  private var outcome: (answer: Answer?, time: Double)?
  /// When a plugin declared last that it needs the answer.
  private var declared = -Double.infinity

  /// - Parameters:
  ///   - subject: what is read, for the log.
  ///   - limit: how long an answer is waited for.
  ///   - age: for how many seconds an answer serves without another read.
  ///   - work: the read.
  public init(
    _ subject: String, limit: Duration, goodFor age: Double,
    _ work: @escaping @Sendable () -> Answer
  ) {
    self.work = work
    self.age = age
    super.init(subject, limit: limit)
  }

  public override func begin() -> (@Sendable () -> Void)? {
    guard attempt == nil else { return nil }
    let attempt = SlowReadAttempt<Answer>()
    self.attempt = attempt
    let work = self.work
    return { attempt.run(work) }
  }

  public override func finish(at now: Double) -> End {
    guard let attempt else { return outcome?.answer == nil ? .notBegun : .answered }
    switch attempt.stateOrCancel() {
    case .done(let answer):
      outcome = (answer, now)
      self.attempt = nil
      return .answered
    case .waiting, .cancelled:
      outcome = (nil, now)
      self.attempt = nil
      return .notBegun
    case .running:
      outcome = (nil, now)
      isStuck = true
      return .stuck
    }
  }

  override func isNeeded(at now: Double) -> Bool {
    declared = now
    if isStuck {
      guard let attempt, attempt.isDone else { return false }
      // It ended at last; the age of its answer is unknown.
      self.attempt = nil
      isStuck = false
      outcome = nil
    }
    guard let outcome else { return true }
    return !(0...age).contains(now - outcome.time)
  }

  /// The last answer and its time in seconds since the machine started; `nil` when the last read brought none.
  public var latest: (answer: Answer, time: Double)? {
    guard let outcome, let answer = outcome.answer else { return nil }
    return (answer, outcome.time)
  }

  /// The answer that was good when it was declared, or came since. A plugin may wait for several reads: that another
  /// one took longer makes no answer too old.
  var declaredAnswer: Answer? {
    guard let latest, latest.time >= declared - age else { return nil }
    return latest.answer
  }

  /// Makes the read on the thread of the caller, unless the last answer is still good.
  func answerHere(at now: Double) -> Answer {
    if !isNeeded(at: now), let latest { return latest.answer }
    let answer = work()
    outcome = (answer, now)
    return answer
  }
}

/// One run of a read's work, seen from two threads.
private final class SlowReadAttempt<Answer: Sendable>: @unchecked Sendable {
  // Unchecked: `current` is touched only while `lock` is held.
  enum State {
    case waiting, cancelled, running
    case done(Answer)
  }

  private let lock = clinux_lock_create()!
  private var current = State.waiting

  deinit { clinux_lock_destroy(lock) }

  /// The state; one that no thread has begun is cancelled.
  func stateOrCancel() -> State {
    clinux_lock_acquire(lock)
    defer { clinux_lock_release(lock) }
    if case .waiting = current { current = .cancelled }
    return current
  }

  var isDone: Bool {
    clinux_lock_acquire(lock)
    defer { clinux_lock_release(lock) }
    if case .done = current { return true }
    return false
  }

  /// On the worker thread.
  func run(_ work: () -> Answer) {
    guard begin() else { return }
    let answer = work()
    clinux_lock_acquire(lock)
    current = .done(answer)
    clinux_lock_release(lock)
  }

  private func begin() -> Bool {
    clinux_lock_acquire(lock)
    defer { clinux_lock_release(lock) }
    guard case .waiting = current else { return false }
    current = .running
    return true
  }
}
