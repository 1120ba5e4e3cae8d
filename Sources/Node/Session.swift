public import EventLoop
internal import PluginKit

/// One master's conversation over one transport.
@LoopActor
public struct Session {
  private let transport: any Transport
  private let services: ServiceList
  private let security: NodeTLS?
  private let address: String
  private let limit: Duration
  private let idle: Duration
  private let deadline: LoopClock.Instant
  private let clock: LoopClock

  /// - Parameters:
  ///   - address: the master's address, for plugins.
  ///   - limit: how long the whole session may take.
  ///   - idle: how long the master may say nothing, or not listen.
  ///   - security: answers STARTTLS; without it, that is no command.
  public init(
    over transport: any Transport, with services: ServiceList, from address: String,
    within limit: Duration, idle: Duration = .seconds(300), security: NodeTLS? = nil,
    clock: LoopClock = .real
  ) {
    self.transport = transport
    self.services = services
    self.security = security
    self.address = address
    self.limit = limit
    self.idle = idle
    self.clock = clock
    deadline = clock.now.advanced(by: limit)
  }

  /// After this many commands in one go the loop looks at the other masters.
  private static let stint = 64

  /// How long a TLS handshake may take.
  private static let handshake = Duration.seconds(30)

  /// Above this many bytes, answers to pipelined commands are sent before the next is looked at.
  private static let batch = 32 << 10

  /// Talks until either side ends the session.
  /// - Returns: why it ended, when that was not the master's wish.
  public func run() async -> String? {
    var transport = self.transport
    var ahead = AnswersAhead(limit: services.maxPlugins)
    defer {
      ahead.cancel()
      transport.close()
    }
    var dialogue = Dialogue(
      nodeName: services.nodeName, security: security?.offer ?? .unknown)
    var reply = Reply()
    reply.append(dialogue.banner)
    var taken = 0
    do throws(IOError) {
      while true {
        while let step = dialogue.next() {
          if case .close(let reason) = step {
            try await finish(&ahead, &reply, to: transport)
            return reason
          }
          if step == .startTLS, let security {
            try await finish(&ahead, &reply, to: transport)
            waitNoLonger(than: min(idle, Session.handshake), for: transport)
            switch await security.start(over: transport) {
            case .secured(let secured):
              transport = secured
              dialogue.secured()
            case .plain(let leftover): dialogue.receive(leftover.span)
            case .failed(let reason): return reason
            }
            continue
          }
          if !ahead.isEmpty || !answerNow(step, dialogue.capabilities, into: &reply) {
            try await take(step, &dialogue, &ahead, &reply, to: transport)
          }
          if reply.count > Session.batch { try await flush(&reply, to: transport) }
          taken += 1
          if taken % Session.stint == 0 { await EventLoop.main.turned() }
        }
        try await finish(&ahead, &reply, to: transport)
        waitNoLonger(than: idle, for: transport)
        if try await transport.receive({ dialogue.receive($0) }) == nil { dialogue.end() }
      }
    } catch {
      return reason(for: error)
    }
  }

  /// Sets how long the other side may now keep us waiting.
  private func waitNoLonger(than limit: Duration, for transport: any Transport) {
    transport.setDeadline(min(deadline, clock.now.advanced(by: limit)))
  }

  /// Sends all answers that are still being made.
  private func finish(
    _ ahead: inout AnswersAhead, _ reply: inout Reply, to transport: any Transport
  ) async throws(IOError) {
    while !ahead.isEmpty { try await takeFirst(&ahead, &reply, to: transport) }
    try await flush(&reply, to: transport)
  }

  /// Takes the first answer. What is ready goes out before anybody waits for what is not.
  private func takeFirst(
    _ ahead: inout AnswersAhead, _ reply: inout Reply, to transport: any Transport
  ) async throws(IOError) {
    if ahead.mustWait || reply.count > Session.batch { try await flush(&reply, to: transport) }
    await ahead.takeFirst(into: &reply)
  }

  private func reason(for error: IOError) -> String? {
    switch error {
    case .closed: nil
    case .timedOut:
      clock.now >= deadline
        ? "over after \(limit.components.seconds) s (global_timeout)"
        : "nothing heard for \(idle.components.seconds) s (idle_timeout)"
    // The log names the peer, whose port would make each such line a new one.
    case .system(let call, transport.peerName, let code): "\(call): \(IOError.words(for: code))"
    default: "\(error)"
    }
  }

  private func flush(_ reply: inout Reply, to transport: any Transport) async throws(IOError) {
    guard reply.count > 0 else { return }
    let sent = transport.sendAtOnce(reply.bytes)
    if sent < reply.count {
      waitNoLonger(than: idle, for: transport)
      try await transport.send(sent == 0 ? reply.bytes : Array(reply.bytes[sent...]))
    }
    reply.removeAll()
  }

  /// Answers what needs no waiting, which is most of what masters ask.
  /// - Returns: whether it was that.
  private func answerNow(
    _ step: Dialogue.Step, _ capabilities: Capabilities, into reply: inout Reply
  ) -> Bool {
    switch step {
    case .say(let text): reply.append(text)
    case .list(let host):
      return services.appendKnownList(host: host, for: capabilities, to: &reply)
    case .fetch(let name): return services.answerNow(name, .fetch, into: &reply)
    case .config(let name): return services.answerNow(name, .config, into: &reply)
    default: return false
    }
    return true
  }

  /// Does one step. Where the master has asked for more already, an outside plugin runs while the next steps are
  /// looked at; the answers keep their order.
  private func take(
    _ step: Dialogue.Step, _ dialogue: inout Dialogue, _ ahead: inout AnswersAhead,
    _ reply: inout Reply, to transport: any Transport
  ) async throws(IOError) {
    if ahead.isEmpty, !dialogue.hasMore || !runsOutside(step) {
      if runsOutside(step) { try await flush(&reply, to: transport) }
      return await answer(step, dialogue.capabilities, into: &reply)
    }
    while ahead.isFull { try await takeFirst(&ahead, &reply, to: transport) }
    let capabilities = dialogue.capabilities
    if runsOutside(step) {
      let session = self
      ahead.append {
        var reply = Reply()
        await session.answer(step, capabilities, into: &reply)
        return reply
      }
    } else {
      var answer = Reply()
      await self.answer(step, capabilities, into: &answer)
      ahead.append(answer)
    }
  }

  private func runsOutside(_ step: Dialogue.Step) -> Bool {
    switch step {
    case .fetch(let name), .config(let name): services.isOutside(name)
    default: false
    }
  }

  private func answer(
    _ step: Dialogue.Step, _ capabilities: Capabilities, into reply: inout Reply
  ) async {
    switch step {
    case .say(let text): reply.append(text)
    case .list(let host): await services.appendList(host: host, for: capabilities, to: &reply)
    case .nodes:
      for node in await services.nodes() { reply.append(node + "\n") }
      reply.append(".\n")
    case .fetch(let name): await ask(name, .fetch, capabilities, into: &reply)
    case .config(let name): await ask(name, .config, capabilities, into: &reply)
    case .startTLS, .close: break
    }
  }

  private func ask(
    _ name: String, _ question: PluginQuestion, _ capabilities: Capabilities,
    into reply: inout Reply
  ) async {
    var caller = ServiceList.Caller(address: address, capabilities: capabilities)
    caller.remaining = clock.now.duration(to: deadline)
    await services.ask(name, question, for: caller, into: &reply)
  }
}
