public import EventLoop

/// A talk with one agent. Requests go out one after the other, since cards are slow and some lose what comes meanwhile.
///
/// Nothing waits on the loop's thread. A request is sent again after each ``SNMPTarget/timeout``; an answer to any
/// try counts, one that comes later or twice is thrown away. The asking task's cancellation ends the wait with
/// ``SNMPError/closed``.
@LoopActor
public final class SNMPSession {
  public nonisolated let target: SNMPTarget
  private let clock: LoopClock
  private let turns = Turns()
  private var library: LibrarySession?
  private var trial: Trial?
  private var isClosed = false
  /// The most objects that the agent has answered at once, 0 for an agent never heard.
  private var mostAnswered = 0
  /// The most objects to ask for at once, less after an answer "too big", or none.
  private var limit = Int.max

  /// A session; nothing is opened or sent before something is asked.
  public init(_ target: SNMPTarget, clock: LoopClock = .real) {
    self.target = target
    self.clock = clock
  }

  /// The values of objects, in the order asked: of one request, unless the agent cannot answer it so.
  ///
  /// Of a v1 agent an object that is not there is ``SNMPValue/noSuchObject``, as of the others.
  public func get(_ oids: [OID]) async throws(SNMPError) -> [SNMPValue] {
    try await ask(.value, about: oids).map(\.value)
  }

  /// The objects that follow, each with its value; ``SNMPValue/endOfView`` where there is none.
  public func next(_ oids: [OID]) async throws(SNMPError) -> [SNMPBinding] {
    try await ask(.following, about: oids)
  }

  /// The objects below `prefix`, one request each, `limit` at most.
  /// - Throws: ``SNMPError/malformed(agent:expected:found:)`` when the agent goes backwards, too.
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
    guard await turns.enter() else { throw .closed }
    defer { turns.leave() }
    var inquiry = Inquiry(question, about: oids, limit: limit)
    var proposed: Int?
    while let objects = inquiry.next {
      let request =
        question == .value
        ? LibrarySession.Request.get(objects) : LibrarySession.Request.next(objects)
      // The last try of an agent that may drop what is too large for it goes to half of the objects.
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

  /// One request and its answer; of a v3 agent, with all that has to come before.
  private func exchange(_ request: LibrarySession.Request, tries: Int) async throws(SNMPError)
    -> Trial.Outcome
  {
    guard case .v3 = target.version else { return try await run(request, tries: tries) }
    // The agent may be found out twice, its clock be learned twice; an agent that wants more is none.
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
        // The report has brought the agent's clock. If it did not help, the agent is asked who it is.
        windows += 1
        if windows == 2 { library?.forgetEngine() }
      case .report(let report) where report.reason == .unknownEngine && discoveries < 2:
        library?.forgetEngine()
      case .nonsense where discoveries < 2: library?.forgetEngine()
      default: return outcome
      }
    }
  }

  /// Asks a v3 agent who it is.
  /// - Returns: how that failed; `nil` when it is known.
  private func discover() async throws(SNMPError) -> Trial.Outcome? {
    let outcome = try await run(.discovery, tries: target.retries + 1)
    guard case .report(let report) = outcome, report.reason == .unknownEngine else {
      switch outcome {
      case .silence(let nonsense): throw silence(nonsense)
      case .answer:
        throw .malformed(
          agent: target.agent, expected: "a report of its engine", found: "an answer")
      default: return outcome
      }
    }
    guard (1...32).contains(report.engine.count) else {
      throw .malformed(
        agent: target.agent, expected: "an engine's name of 1 to 32 bytes",
        found: "\(report.engine.count) bytes")
    }
    guard try opened().adopt(report) else {
      throw .failed(agent: target.agent, reason: "net-snmp cannot bind the keys to the engine")
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
      case .v1, .v2c: hint = "a wrong community is not answered either"
      case .v3(let user):
        if library?.engine != nil {
          hint =
            "it did tell its engine; "
            + (user.privacy == nil
              ? "it may not let the user in" : "the passphrase of privacy may be wrong")
        }
      }
    }
    return .timedOut(
      agent: target.agent, tries: target.retries + 1,
      milliseconds: Int(target.timeout.wholeNanoseconds / 1_000_000), hint: hint)
  }

  private var nonsense: SNMPError {
    .malformed(agent: target.agent, expected: "an answer", found: "a datagram that is none")
  }

  private func refusal(_ report: Report) -> SNMPError {
    let words =
      switch report.reason {
      case .other(let words): words
      case .notInTimeWindow: "usmStatsNotInTimeWindows again and again: its clock does not run"
      case .unknownEngine: "usmStatsUnknownEngineIDs again and again: it does not know itself"
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
