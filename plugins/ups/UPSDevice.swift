internal import EventLoop

/// One UPS of this node: what was found last, and what it was ever found to measure.
@LoopActor
final class UPSDevice {
  /// Why the settings ask for nothing that can be; the device is then never asked.
  private let wish: Result<UPSWish, UPSFailure>
  let settings: [String: String]
  private let make: Maker
  private let clock: LoopClock
  private let turns: UPSTurns
  private var source: (any UPSSource)?

  /// The last answer, or why there was none.
  private(set) var latest: Result<UPSReading, UPSFailure>?
  /// The last reading that was one, for the limits in a config.
  private(set) var lastReading: UPSReading?
  /// The fields that it has. What it once had stays.
  private(set) var fields: Set<UPSGraphs.Key> = []
  private var asked: LoopClock.Instant?
  private var work: Task<Void, Never>?
  /// When somebody asked for it last.
  private var wanted: LoopClock.Instant?
  private var retry: LoopTimer?
  private var isClosed = false

  /// Makes who is asked of the device.
  typealias Maker = @LoopActor (UPSWish) async throws(UPSFailure) -> any UPSSource

  init(
    _ wish: Result<UPSWish, UPSFailure>, settings: [String: String], clock: LoopClock,
    turns: UPSTurns, make: @escaping Maker
  ) {
    self.wish = wish
    self.settings = settings
    self.clock = clock
    self.turns = turns
    self.make = make
    if case .failure(let failure) = wish { latest = .failure(failure) }
  }

  /// Asks the device, unless that is under way or was done within the age that its settings allow.
  func refresh() {
    guard work == nil, !isClosed, case .success(let wish) = wish else { return }
    if let asked, clock.now < asked.advanced(by: wish.maxAge) { return }
    retry?.cancel()
    work = EventLoop.start { [self] in
      await turns.take()
      // From here on: whoever waits long for his turn is not asked again at once.
      asked = clock.now
      let answer = await attempt(wish)
      turns.giveBack()
      settle(answer)
      work = nil
      tryAgain(wish)
    }
  }

  /// When it is to be asked again; `nil` for never.
  var due: LoopClock.Instant? {
    guard case .success(let wish) = wish else { return nil }
    if work != nil { return clock.now.advanced(by: wish.maxAge) }
    return asked?.advanced(by: wish.maxAge) ?? clock.now
  }

  /// What is known of the device: at once when its last answer is young, and when it gave none; else when the question
  /// that is under way has ended.
  func answer() async -> Result<UPSReading, UPSFailure> {
    wanted = clock.now
    if case .failure = latest { return latest! }
    if let work { await work.value }
    return latest ?? .failure(UPSFailure("not asked yet"))
  }

  /// The device is nobody's any more.
  func close() {
    isClosed = true
    retry?.cancel()
    letGo()
  }

  /// Lets go of the session.
  private func letGo() {
    source?.close()
    source = nil
  }

  /// A device that failed is asked again although nobody waits: the next poll is to tell what is so then. One that
  /// nobody wants to know of any more is left alone.
  private func tryAgain(_ wish: UPSWish) {
    guard case .failure = latest, !isClosed, let wanted,
      clock.now < wanted.advanced(by: UPSDevice.remembered)
    else { return }
    let pause = max(wish.maxAge, .seconds(10))
    retry = clock.schedule(at: clock.now.advanced(by: pause)) { [weak self] in self?.refresh() }
  }

  /// Three polls of a master.
  private static let remembered = Duration.seconds(900)

  private func settle(_ answer: Result<UPSReading, UPSFailure>) {
    latest = answer
    // The next time from its address on: it may have another, or be another.
    if case .failure = answer { letGo() }
    guard case .success(let reading) = answer, !reading.state.contains(.communicationLost) else {
      return
    }
    lastReading = reading
    fields.formUnion(UPSGraphs.keys(shownBy: reading))
  }

  /// One look, given up at its limit.
  private func attempt(_ wish: UPSWish) async -> Result<UPSReading, UPSFailure> {
    let limit = wish.limit
    let answer = await EventLoop.result(within: limit, clock: clock) {
      () -> Result<UPSReading, UPSFailure> in
      do throws(UPSFailure) {
        return .success(try await self.look(wish))
      } catch {
        return .failure(error)
      }
    }
    if let answer { return answer }
    // Whoever is asked again gets a new session; the old one, and its late answer, are nobody's.
    letGo()
    return .failure(UPSFailure("\(wish.host): no answer within \(limit.components.seconds) s"))
  }

  private func look(_ wish: UPSWish) async throws(UPSFailure) -> UPSReading {
    let source: any UPSSource
    if let known = self.source {
      source = known
    } else {
      source = try await make(wish)
      if Task.isCancelled {
        source.close()
        throw UPSFailure("given up")
      }
      self.source = source
    }
    return try await source.read()
  }
}

/// How many devices are asked at once.
@LoopActor
final class UPSTurns {
  private var free: Int
  private var waiting: [Gate] = []

  /// - Parameter count: enough that some dead devices hold nobody up, few enough for a machine's sockets.
  init(_ count: Int = 128) { free = count }

  func take() async {
    if free > 0 {
      free -= 1
      return
    }
    let gate = Gate()
    waiting.append(gate)
    await gate.wait()
  }

  func giveBack() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().open() }
  }
}
