internal import EventLoop

/// One request and all that is waited for it: so many tries, each with its time.
@LoopActor
final class Trial {
  enum Outcome: Equatable {
    case answer(Inquiry.Answer)
    case report(Report)
    /// No answer to any try; whether something came that was none.
    case silence(nonsense: Bool)
    /// Something came that the library would not believe, and who asks does not want to wait for more.
    case nonsense
    case tooLong
    case failure(String)
    case closed
  }

  private let library: LibrarySession
  private let clock: LoopClock
  private let timeout: Duration
  private var triesLeft: Int
  private let endsWithNonsense: Bool
  private var nonsense = false
  private var timer: LoopTimer?
  private let gate = Gate()
  private var outcome: Outcome?

  /// - Parameter endsWithNonsense: v3 drops answers of an engine whose clock has gone back; waiting does not help.
  init(
    _ library: LibrarySession, clock: LoopClock, timeout: Duration, tries: Int,
    endsWithNonsense: Bool
  ) {
    self.library = library
    self.clock = clock
    self.timeout = timeout
    self.endsWithNonsense = endsWithNonsense
    triesLeft = tries
  }

  /// Sends the request and waits for how it ends; also when the asking task is cancelled.
  func run(_ request: LibrarySession.Request) async -> Outcome {
    library.whenAnswered = { [unowned self] event in take(event) }
    do throws(LibrarySession.SendError) { try library.send(request) } catch {
      library.whenAnswered = nil
      switch error {
      case .tooLong: return .tooLong
      case .failure(let reason): return .failure(reason)
      }
    }
    wind()
    await withTaskCancellationHandler {
      await gate.wait()
    } onCancel: {
      EventLoop.main.post { self.end(.closed) }
    }
    timer?.cancel()
    library.whenAnswered = nil
    library.abandon()
    return outcome ?? .closed
  }

  /// Ends the wait, unless it is over.
  func end(_ outcome: Outcome) {
    guard self.outcome == nil else { return }
    self.outcome = outcome
    gate.open()
  }

  private func take(_ event: LibrarySession.Event) {
    switch event {
    case .answer(let answer): end(.answer(answer))
    case .report(let report): end(.report(report))
    case .failure(let reason): end(.failure(reason))
    case .nonsense:
      nonsense = true
      if endsWithNonsense { end(.nonsense) }
    }
  }

  private func wind() {
    timer = clock.schedule(at: clock.now.advanced(by: timeout)) { [weak self] in self?.ring() }
  }

  private func ring() {
    guard outcome == nil else { return }
    triesLeft -= 1
    guard triesLeft > 0 else { return end(.silence(nonsense: nonsense)) }
    library.resend()
    wind()
  }
}
