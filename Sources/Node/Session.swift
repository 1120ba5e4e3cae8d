public import EventLoop
internal import PluginKit

/// One master's conversation over one transport.
@LoopActor
public struct Session {
  private let transport: any Transport
  private let services: ServiceList
  private let security: NodeTLS?
  private let address: String
  private let deadline: LoopClock.Instant
  private let clock: LoopClock

  /// - Parameters:
  ///   - address: the master's address, for plugins.
  ///   - limit: how long the whole session may take.
  ///   - security: answers STARTTLS; without it, that is no command.
  public init(
    over transport: any Transport, with services: ServiceList, from address: String,
    within limit: Duration, security: NodeTLS? = nil, clock: LoopClock = .real
  ) {
    self.transport = transport
    self.services = services
    self.security = security
    self.address = address
    self.clock = clock
    deadline = clock.now.advanced(by: limit)
  }

  /// After this many commands in one go the loop looks at the other masters.
  private static let stint = 64

  /// Above this many bytes, answers to pipelined commands are sent before the next is looked at.
  private static let batch = 32 << 10

  /// Talks until either side ends the session.
  /// - Returns: why it ended, when that was not the master's wish.
  public func run() async -> String? {
    transport.setDeadline(deadline)
    var transport = self.transport
    defer { transport.close() }
    var dialogue = Dialogue(
      nodeName: services.nodeName, security: security?.offer ?? .unknown)
    var reply = Reply()
    reply.append(dialogue.banner)
    var taken = 0
    do throws(IOError) {
      while true {
        while let step = dialogue.next() {
          if case .close(let reason) = step {
            try await flush(&reply, to: transport)
            return reason
          }
          if step == .startTLS, let security {
            try await flush(&reply, to: transport)
            switch await security.start(over: transport) {
            case .secured(let secured):
              transport = secured
              dialogue.secured()
            case .plain(let leftover): dialogue.receive(leftover.span)
            case .failed(let reason): return reason
            }
            continue
          }
          await take(step, dialogue.capabilities, into: &reply)
          if reply.count > Session.batch { try await flush(&reply, to: transport) }
          taken += 1
          if taken % Session.stint == 0 { await EventLoop.main.turned() }
        }
        try await flush(&reply, to: transport)
        if try await transport.receive({ dialogue.receive($0) }) == nil { dialogue.end() }
      }
    } catch {
      return error == .closed ? nil : "\(error)"
    }
  }

  private func flush(_ reply: inout Reply, to transport: any Transport) async throws(IOError) {
    guard reply.count > 0 else { return }
    try await transport.send(reply.bytes)
    reply.removeAll()
  }

  private func take(
    _ step: Dialogue.Step, _ capabilities: Capabilities, into reply: inout Reply
  ) async {
    switch step {
    case .say(let text): reply.append(text)
    case .list(let host):
      reply.append(await services.list(host: host, for: capabilities).joined(separator: " ") + "\n")
    case .nodes:
      for node in await services.nodes() { reply.append(node + "\n") }
      reply.append(".\n")
    case .fetch(let name): await ask(name, .fetch, capabilities, into: &reply)
    case .config(let name): await ask(name, .config, capabilities, into: &reply)
    case .startTLS, .close: break
    }
  }

  private func ask(
    _ name: String, _ question: ServiceList.Question, _ capabilities: Capabilities,
    into reply: inout Reply
  ) async {
    var caller = ServiceList.Caller(address: address, capabilities: capabilities)
    caller.remaining = clock.now.duration(to: deadline)
    await services.ask(name, question, for: caller, into: &reply)
  }
}
