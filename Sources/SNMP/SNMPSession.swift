public import EventLoop

/// A session with one agent. Requests are sent one after the other, since cards are slow and some drop requests that
/// arrive while they answer another.
///
/// Nothing waits on the loop's thread. A request is sent again after each ``SNMPTarget/timeout``; an answer to any
/// try counts, a late or repeated one is ignored. The asking task's cancellation ends the wait with
/// ``SNMPError/closed``.
@LoopActor
public final class SNMPSession {
  public nonisolated let target: SNMPTarget
  private let clock: LoopClock
  /// One request at a time.
  private let permit = Permits(1)
  private var library: LibrarySession?
  private var trial: Trial?
  private var isClosed = false
  /// The most objects that the agent has answered at once; 0 if it has never answered.
  private var mostAnswered = 0
  /// The most objects to ask for at once: fewer after "too big", and after silence.
  private var limit = Int.max

  /// A session; nothing is opened or sent before the first request.
  public init(_ target: SNMPTarget, clock: LoopClock = .real) {
    self.target = target
    self.clock = clock
  }

  /// The values of objects, in the order asked: with one request, unless the agent cannot answer that.
  ///
  /// A missing object is ``SNMPValue/noSuchObject`` for a v1 agent too.
  public func get(_ oids: [OID]) async throws(SNMPError) -> [SNMPValue] {
    try await ask(.value, about: oids).map(\.value)
  }

  /// The objects that follow, each with its value; ``SNMPValue/endOfView`` where none follows.
  public func next(_ oids: [OID]) async throws(SNMPError) -> [SNMPBinding] {
    try await ask(.following, about: oids)
  }

  /// The objects below `prefix`, one request each, `limit` at most.
  /// - Throws: ``SNMPError/malformed(agent:expected:found:)`` also when an object does not follow the one before.
  public func walk(_ prefix: OID, limit: Int) async throws(SNMPError) -> [SNMPBinding] {
    var found: [SNMPBinding] = []
    var place = prefix
    while found.count < limit {
      let binding = try await next([place])[0]
      guard !binding.value.isMissing, binding.oid.hasPrefix(prefix) else { break }
      guard place < binding.oid else {
        throw .malformed(
          agent: target.agent, expected: "an object after \(place)", found: "\(binding.oid)")
      }
      found.append(binding)
      place = binding.oid
    }
    return found
  }

  /// Ends all waiting with ``SNMPError/closed``, for good.
  public func close() {
    isClosed = true
    trial?.end(.closed)
    library = nil
  }
}

extension SNMPSession {
  private func ask(_ question: Inquiry.Question, about oids: [OID]) async throws(SNMPError)
    -> [SNMPBinding]
  {
    guard await permit.acquire() else { throw .closed }
    defer { permit.release() }
    var inquiry = Inquiry(question, about: oids, limit: limit)
    var proposed: Int?
    while let objects = inquiry.next {
      let request =
        question == .value
        ? LibrarySession.Request.get(objects) : LibrarySession.Request.next(objects)
      // The agent may drop a request that is too large for it: the last try asks for half of the objects.
      let mayHalve =
        proposed == nil && objects.count > max(1, mostAnswered)
        && (target.retries > 0 || mostAnswered > 0)
      let tries = proposed != nil ? 1 : mayHalve ? max(1, target.retries) : target.retries + 1
      switch try await exchange(request, tries: tries) {
      case .tooLong: limit = try halve(&inquiry)
      case .silence(let nonsense):
        guard mayHalve, let half = inquiry.halve() else { throw silence(nonsense) }
        proposed = half
      case .answer(let answer):
        mostAnswered = max(mostAnswered, objects.count)
        if let half = proposed { limit = half }
        proposed = nil
        if answer.status == 1, objects.count > 1 { limit = (objects.count + 1) / 2 }
        do throws(Inquiry.Refusal) { try inquiry.take(answer) } catch { throw self.error(error) }
      case .report(let report): throw refusal(report)
      case .nonsense: throw nonsense
      case .failure(let reason): throw .failed(agent: target.agent, reason: reason)
      case .closed: throw .closed
      }
    }
    return inquiry.bindings
  }

  private func halve(_ inquiry: inout Inquiry) throws(SNMPError) -> Int {
    guard let half = inquiry.halve() else {
      throw .failed(agent: target.agent, reason: "the object's name is too long for a message")
    }
    return half
  }

  /// One request and its answer; for a v3 agent with the discovery of its engine, if that is unknown.
  private func exchange(_ request: LibrarySession.Request, tries: Int) async throws(SNMPError)
    -> Trial.Outcome
  {
    guard case .v3 = target.version else { return try await run(request, tries: tries) }
    // The engine is discovered and the clock read at most twice; an agent that asks for more is broken.
    var discoveries = 0
    var windows = 0
    while true {
      if try opened().engine == nil {
        discoveries += 1
        if let outcome = try await discover() { return outcome }
      }
      let outcome = try await run(request, tries: tries)
      switch outcome {
      case .report(let report) where report.reason == .notInTimeWindow && windows < 2:
        // The report contains the agent's clock. If that did not help, the engine is discovered again.
        windows += 1
        if windows == 2 { library?.forgetEngine() }
      case .report(let report) where report.reason == .unknownEngine && discoveries < 2:
        library?.forgetEngine()
      case .nonsense where discoveries < 2: library?.forgetEngine()
      default: return outcome
      }
    }
  }

  /// Discovers the engine of a v3 agent.
  /// - Returns: how that failed; `nil` when the engine is known.
  private func discover() async throws(SNMPError) -> Trial.Outcome? {
    let outcome = try await run(.discovery, tries: target.retries + 1)
    guard case .report(let report) = outcome, report.reason == .unknownEngine else {
      switch outcome {
      case .silence(let nonsense): throw silence(nonsense)
      case .answer:
        throw .malformed(
          agent: target.agent, expected: "a report with the engine ID", found: "an answer")
      default: return outcome
      }
    }
    guard (1...32).contains(report.engine.count) else {
      throw .malformed(
        agent: target.agent, expected: "an engine ID of 1 to 32 bytes",
        found: "\(report.engine.count) bytes")
    }
    guard try opened().adopt(report) else {
      throw .failed(agent: target.agent, reason: "net-snmp cannot localize the keys to the engine")
    }
    return nil
  }

  private func run(_ request: LibrarySession.Request, tries: Int) async throws(SNMPError)
    -> Trial.Outcome
  {
    let library = try opened()
    let trial = Trial(
      library, clock: clock, timeout: target.timeout, tries: tries,
      endsWithNonsense: library.engine != nil)
    self.trial = trial
    let outcome = await trial.run(request)
    self.trial = nil
    return outcome
  }

  private func opened() throws(SNMPError) -> LibrarySession {
    if isClosed { throw .closed }
    if let library { return library }
    let opened = try LibrarySession(target)
    library = opened
    return opened
  }
}

// MARK: Errors

extension SNMPSession {
  private func silence(_ nonsense: Bool) -> SNMPError {
    if nonsense { return self.nonsense }
    var hint: String?
    if mostAnswered == 0 {
      switch target.version {
      case .v1, .v2c: hint = "agents do not answer a wrong community either"
      case .v3(let user):
        if library?.engine != nil {
          hint =
            "the agent did answer the discovery; "
            + (user.privacy == nil
              ? "it may reject the user" : "the privacy passphrase may be wrong")
        }
      }
    }
    return .timedOut(
      agent: target.agent, tries: target.retries + 1,
      milliseconds: Int(target.timeout.wholeNanoseconds / 1_000_000), hint: hint)
  }

  private var nonsense: SNMPError {
    .malformed(agent: target.agent, expected: "an answer", found: "an unreadable datagram")
  }

  private func refusal(_ report: Report) -> SNMPError {
    let words =
      switch report.reason {
      case .other(let words): words
      case .notInTimeWindow: "usmStatsNotInTimeWindows repeatedly: the agent's clock does not run"
      case .unknownEngine:
        "usmStatsUnknownEngineIDs repeatedly: the agent rejects its own engine ID"
      }
    return .notAuthenticated(agent: target.agent, report: words)
  }

  private func error(_ refusal: Inquiry.Refusal) -> SNMPError {
    switch refusal {
    case .status(let word, let object):
      .refused(agent: target.agent, status: word, object: object)
    case .malformed(let expected, let found):
      .malformed(agent: target.agent, expected: expected, found: found)
    }
  }
}
