public import EventLoop
internal import PluginKit

/// One master's conversation over one transport.
@LoopActor
public final class NodeSession {
  private var transport: any Transport
  private let services: ServiceList
  private let security: NodeTLS?
  private let address: String
  private let limit: Duration
  private let idle: Duration
  private let deadline: LoopClock.Instant
  private let clock: LoopClock
  /// No further command is looked at.
  private var isEnding = false
  /// The session waits for the master, and makes no answer.
  private var isListening = false

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
  /// - Returns: why it ended, when that was neither the master's wish nor ours.
  public func run() async -> String? {
    var ahead = AnswersAhead(limit: services.maxPlugins)
    defer {
      ahead.cancel()
      transport.close()
    }
    do throws(IOError) {
      let reason = try await talk(&ahead)
      return isEnding ? nil : reason
    } catch {
      return isEnding ? nil : reason(for: error)
    }
  }

  /// Ends the session: at once where the master is silent, else when the answers that are being made have been sent.
  /// What else the master has asked for is left.
  public func end() {
    isEnding = true
    if isListening { transport.close() }
  }

  // What changes with each command is local: properties of an object cost a check at each access.
  private func talk(_ ahead: inout AnswersAhead) async throws(IOError) -> String? {
    var dialogue = Dialogue(nodeName: services.nodeName, security: security?.offer ?? .unknown)
    var reply = Reply()
    reply.append(dialogue.banner)
    var taken = 0
    while true {
      while !isEnding, let step = dialogue.next() {
        if case .close(let reason) = step {
          try await sendAll(&ahead, &reply)
          return reason
        }
        if step == .startTLS {
          try await sendAll(&ahead, &reply)
          if let reason = await secure(&dialogue) { return reason }
          continue
        }
        // What needs no waiting, most of what masters ask, is answered here and now.
        if !ahead.isEmpty {
          try await add(step, dialogue.capabilities, to: &ahead, &reply)
        } else if let late = answer(step, dialogue.capabilities, into: &reply) {
          if dialogue.hasMore {
            ahead.append(late)
          } else {
            try await flush(&reply)
            reply = await late()
          }
        }
        if reply.count > NodeSession.batch { try await flush(&reply) }
        taken += 1
        if taken % NodeSession.stint == 0 { await EventLoop.main.turned() }
      }
      try await sendAll(&ahead, &reply)
      if isEnding {
        await discardRest()
        return nil
      }
      waitNoLonger(than: idle)
      isListening = true
      defer { isListening = false }
      if try await transport.receive({ dialogue.receive($0) }) == nil { dialogue.end() }
    }
  }

  /// Reads what the master has sent meanwhile: the kernel resets a connection that is closed with unread bytes, and the
  /// master would lose the answers that it has not read yet.
  private func discardRest() async {
    waitNoLonger(than: .milliseconds(100))
    do throws(IOError) {
      while try await transport.receive({ _ in }) != nil {}
    } catch {
      // Whatever it is, the connection is closed now.
    }
  }

  /// Sets how long the other side may now keep us waiting.
  private func waitNoLonger(than limit: Duration) {
    transport.setDeadline(min(deadline, clock.now.advanced(by: limit)))
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

  /// Secures the connection.
  /// - Returns: why the session is over, where it is.
  private func secure(_ dialogue: inout Dialogue) async -> String? {
    // The dialogue knows the command only where there is a certificate.
    guard let security else { return nil }
    waitNoLonger(than: min(idle, NodeSession.handshake))
    isListening = true
    defer { isListening = false }
    switch await security.start(over: transport) {
    case .secured(let secured):
      transport = secured
      dialogue.secured()
      // It was closed while the handshake was under way.
      if isEnding { secured.close() }
    case .plain(let leftover): dialogue.receive(leftover.span)
    case .failed(let reason): return reason
    }
    return nil
  }

  // MARK: Answers

  /// Begins a step's answer while those before it are still being made; the answers keep the order of the commands.
  private func add(
    _ step: Dialogue.Step, _ capabilities: Capabilities, to ahead: inout AnswersAhead,
    _ reply: inout Reply
  ) async throws(IOError) {
    while ahead.isFull { try await takeFirst(&ahead, &reply) }
    var answer = Reply()
    if let late = self.answer(step, capabilities, into: &answer) {
      ahead.append(late)
    } else {
      ahead.append(answer)
    }
  }

  /// Appends the answer where it takes no waiting.
  /// - Returns: what gives the answer, where it has to be waited for.
  private func answer(
    _ step: Dialogue.Step, _ capabilities: Capabilities, into reply: inout Reply
  ) -> LateReply? {
    switch step {
    case .say(let text):
      reply.append(text)
      return nil
    case .list(let host):
      return services.appendList(host: host, for: capabilities, to: &reply)
    case .nodes: return nodes
    case .fetch(let name):
      return services.answer(name, .fetch, for: caller(capabilities), into: &reply)
    case .config(let name):
      return services.answer(name, .config, for: caller(capabilities), into: &reply)
    case .startTLS, .close: return nil
    }
  }

  private func caller(_ capabilities: Capabilities) -> Caller {
    var caller = Caller(address: address, capabilities: capabilities)
    caller.deadline = deadline
    return caller
  }

  private var nodes: LateReply {
    { [services] in
      var reply = Reply()
      for node in await services.nodes() { reply.append(node + "\n") }
      reply.append(".\n")
      return reply
    }
  }

  /// Sends all answers, also those that are still being made.
  private func sendAll(
    _ ahead: inout AnswersAhead, _ reply: inout Reply
  ) async throws(IOError) {
    while !ahead.isEmpty { try await takeFirst(&ahead, &reply) }
    try await flush(&reply)
  }

  /// Takes the first answer. Where that is still being made, those that are ready are sent before.
  private func takeFirst(
    _ ahead: inout AnswersAhead, _ reply: inout Reply
  ) async throws(IOError) {
    if ahead.mustWait || reply.count > NodeSession.batch { try await flush(&reply) }
    let answer = await ahead.takeFirst()
    if reply.count == 0 { reply = answer } else { reply.append(answer.bytes) }
  }

  private func flush(_ reply: inout Reply) async throws(IOError) {
    guard reply.count > 0 else { return }
    let sent = transport.sendAtOnce(reply.bytes)
    if sent < reply.count {
      waitNoLonger(than: idle)
      try await transport.send(sent == 0 ? reply.bytes : Array(reply.bytes[sent...]))
    }
    reply.removeAll()
  }
}
