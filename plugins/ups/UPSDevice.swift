internal import EventLoop

/// One UPS of this node: its last answer, and what it was found to be.
@LoopActor
final class UPSDevice {
  /// What the settings ask for, or what is wrong with them: the device is then never asked.
  private let wish: Result<UPSWish, UPSFailure>
  let settings: [String: String]
  private let make: Maker
  private let clock: LoopClock
  private let permits: Permits
  private var source: (any UPSSource)?

  /// The last answer, or why there was none.
  private(set) var latest: Result<UPSReading, UPSFailure>?
  /// What it was found to be, in this process or in one before.
  private(set) var profile = UPSProfile()
  /// The profile that stands in the file.
  private var kept: UPSProfile?
  private let file: StateFile?
  /// What went wrong with the file, until it is told.
  private var trouble: String?
  private var asked: LoopClock.Instant?
  private var work: Task<Void, Never>?
  /// When a service asked for its answer last.
  private var wanted: LoopClock.Instant?
  private var retry: LoopTimer?
  private var isClosed = false

  /// Makes the source that is asked.
  typealias Maker = @LoopActor (UPSWish) async throws(UPSFailure) -> any UPSSource

  /// - Parameter file: where the profile outlives the process, if anywhere.
  init(
    _ wish: Result<UPSWish, UPSFailure>, settings: [String: String], file: StateFile?,
    clock: LoopClock, permits: Permits, make: @escaping Maker
  ) {
    self.file = file
    self.wish = wish
    self.settings = settings
    self.clock = clock
    self.permits = permits
    self.make = make
    if case .failure(let failure) = wish { latest = .failure(failure) }
  }

  /// Asks the device, unless that is under way or was done within the age that its settings allow.
  func refresh() {
    guard work == nil, !isClosed, case .success(let wish) = wish else { return }
    if let asked, clock.now < asked.advanced(by: wish.maxAge) { return }
    retry?.cancel()
    work = EventLoop.start { [self] in
      await readProfile(of: wish)
      await permits.run {
        // From here on: a device that has waited long for its permit is not asked again at once.
        asked = clock.now
        settle(await attempt(wish))
      }
      await writeProfile(of: wish)
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

  /// The device's last answer: at once when it is young, or when it was a failure; else as soon as the question that is
  /// under way has ended.
  func answer() async -> Result<UPSReading, UPSFailure> {
    wanted = clock.now
    if case .failure = latest { return latest! }
    if let work { await work.value }
    return latest ?? .failure(UPSFailure("not asked yet"))
  }

  /// No service asks for the device any more.
  func close() {
    isClosed = true
    retry?.cancel()
    closeSource()
  }

  /// Closes the session.
  private func closeSource() {
    source?.close()
    source = nil
  }

  /// A device that failed is asked again before the next poll, which is then answered by what is so at that time. One
  /// that no poll has asked for in a while is not.
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
    guard case .success(var reading) = answer else {
      latest = answer
      // The next question starts with the address: the device may have another one, or be another one.
      closeSource()
      return
    }
    reading.findLostPhases(seen: profile.phases)
    latest = .success(reading)
    if !reading.state.contains(.communicationLost) { profile.learn(from: reading) }
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
    // The next question gets a new session; a late answer to this one is not read.
    closeSource()
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

extension UPSDevice {
  /// How long the file may take: it is on a disk of this machine.
  private static let fileLimit = Duration.seconds(2)

  private func readProfile(of wish: UPSWish) async {
    guard let file, kept == nil else { return }
    let answer = await Blocking.shared.run(within: UPSDevice.fileLimit, clock: clock) {
      () -> Result<[UInt8]?, StateFile.Unusable> in
      do throws(StateFile.Unusable) {
        return .success(try file.read(atMost: UPSProfile.longestText))
      } catch {
        return .failure(error)
      }
    }
    kept = UPSProfile()
    let bytes: [UInt8]
    switch answer {
    case .success(nil): return
    case .success(let found?): bytes = found
    case .failure(let unusable):
      trouble = "\(file.path): \(unusable.reason); starting without"
      return
    case nil:
      trouble =
        "\(file.path): not read within \(UPSDevice.fileLimit.components.seconds) s; "
        + "starting without"
      return
    }
    do throws(UPSProfile.BadLine) {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw UPSProfile.BadLine(line: 1, expected: "text", found: "other bytes")
      }
      let found = try UPSProfile(text: text, of: wish.device)
      kept = found
      profile = found
    } catch {
      trouble = "\(file.path):\(error); starting without"
    }
  }

  /// Only what has changed is written.
  private func writeProfile(of wish: UPSWish) async {
    guard let file, profile != kept, !profile.fields.isEmpty else { return }
    let bytes = Array(profile.text(of: wish.device).utf8)
    // Not again for this profile, should it fail: it is told once.
    kept = profile
    let failure = await Blocking.shared.run(within: UPSDevice.fileLimit, clock: clock) {
      file.write(bytes)
    }
    if let failure { trouble = failure ?? trouble }
  }

  /// What went wrong with the file, once.
  func takeTrouble() -> String? {
    defer { trouble = nil }
    return trouble
  }
}
