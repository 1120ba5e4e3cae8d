internal import EventLoop

/// One request with its tries: it is sent, sent again after each timeout, and ends with an outcome.
@LoopActor
final class Trial {
  enum Outcome: Equatable {
    case answer(Inquiry.Answer)
    case report(Report)
    /// No answer to any try; and whether an unreadable datagram arrived.
    case silence(nonsense: Bool)
    /// A datagram arrived that the library did not accept, and the caller wants no further tries.
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

  /// - Parameter endsWithNonsense: v3 drops the answers of an engine whose clock has gone back, so further tries do not
  ///   help.
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

  /// Sends the request and waits for its outcome. The asking task's cancellation is one too.
  func run(_ request: LibrarySession.Request) async -> Outcome {
    library.whenAnswered = { [unowned self] event in take(event) }
    do throws(LibrarySession.SendError) { try library.send(request) } catch {
      library.whenAnswered = nil
      switch error {
      case .tooLong: return .tooLong
      case .failure(let reason): return .failure(reason)
      }
    }
    startTimer()
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

  /// Ends the request with an outcome, unless it has one.
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

  private func startTimer() {
    timer = clock.schedule(at: clock.now.advanced(by: timeout)) { [weak self] in self?.timeOut() }
  }

  private func timeOut() {
    guard outcome == nil else { return }
    triesLeft -= 1
    guard triesLeft > 0 else { return end(.silence(nonsense: nonsense)) }
    library.resend()
    startTimer()
  }
}
