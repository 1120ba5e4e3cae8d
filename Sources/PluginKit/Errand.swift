internal import CLinux

/// Something that a plugin has to find out before it can answer, and that may take long or never end: the room on a
/// file system that a program or another machine serves, a walk through thousands of processes.
///
/// The node sends it to a thread beside the loop and waits for ``limit``, no longer. One that has not come back by
/// then is not sent again until it does. All but the work itself belongs to the loop's thread.
public class Errand {
  /// What it is about, for the log: `/mnt/music`.
  public let subject: String
  /// How long it is waited for.
  public let limit: Duration

  fileprivate init(_ subject: String, limit: Duration) {
    self.subject = subject
    self.limit = limit
  }

  /// The work, for another thread; `nil` when it is under way already.
  public func setOut() -> (@Sendable () -> Void)? { nil }

  /// How an errand ended.
  public enum End: Sendable {
    case answered
    /// It still is where it was sent, beyond its limit.
    case stuck
    /// Nobody had the time to begin it.
    case notBegun
  }

  /// Takes what was found, or gives up waiting.
  /// - Parameter now: the seconds since the machine started.
  public func comeBack(at now: Double) -> End { .notBegun }
}

/// An errand that brings back an answer.
public final class Lookup<Answer: Sendable>: Errand {
  /// What is done on the next trip, when it depends on what was found out before. A trip under way keeps its own.
  public var work: @Sendable () -> Answer
  private var trip: Trip<Answer>?
  private var isStuck = false
  /// The answer that was brought last, `nil` when it was waited for in vain.
  private var latest: (answer: Answer?, time: Double)?

  public init(
    _ subject: String, limit: Duration, _ work: @escaping @Sendable () -> Answer
  ) {
    self.work = work
    super.init(subject, limit: limit)
  }

  public override func setOut() -> (@Sendable () -> Void)? {
    guard trip == nil else { return nil }
    let trip = Trip<Answer>()
    self.trip = trip
    let work = self.work
    return { trip.make(work) }
  }

  public override func comeBack(at now: Double) -> End {
    guard let trip else { return latest?.answer == nil ? .notBegun : .answered }
    switch trip.state {
    case .done(let answer):
      latest = (answer, now)
      self.trip = nil
      return .answered
    case .waiting, .calledOff:
      latest = (nil, now)
      self.trip = nil
      return .notBegun
    case .underWay:
      latest = (nil, now)
      isStuck = true
      return .stuck
    }
  }

  /// What is known: an answer not older than `age`, or that there is none to be had now.
  enum Knowledge {
    case answer(Answer)
    case silence
    case nothing
  }

  func knowledge(at now: Double, notOlderThan age: Double) -> Knowledge {
    if isStuck {
      guard let trip, trip.isDone else { return .silence }
      // It came back at last, with an answer from who knows when.
      self.trip = nil
      isStuck = false
      latest = nil
    }
    guard let latest, (0...age).contains(now - latest.time) else { return .nothing }
    return latest.answer.map { .answer($0) } ?? .silence
  }

  /// Does the work here and now.
  func answerHere(at now: Double) -> Answer {
    let answer = work()
    latest = (answer, now)
    return answer
  }
}

/// One way there and back, seen from two threads.
private final class Trip<Answer: Sendable>: @unchecked Sendable {
  // Unchecked: `current` is touched only while `lock` is held.
  enum State {
    case waiting, calledOff, underWay
    case done(Answer)
  }

  private let lock = clinux_lock_create()!
  private var current = State.waiting

  deinit { clinux_lock_destroy(lock) }

  /// Where it is. One that nobody has begun is called off by the question.
  var state: State {
    clinux_lock_acquire(lock)
    defer { clinux_lock_release(lock) }
    if case .waiting = current { current = .calledOff }
    return current
  }

  var isDone: Bool {
    clinux_lock_acquire(lock)
    defer { clinux_lock_release(lock) }
    if case .done = current { return true }
    return false
  }

  /// On the other thread.
  func make(_ work: () -> Answer) {
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
    current = .underWay
    return true
  }
}
