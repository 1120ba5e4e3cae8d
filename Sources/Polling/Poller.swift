public import EventLoop
public import Inventory
internal import MuninWire
internal import Settings

/// Polls one node: connects, holds the dialogue, and returns the replies.
@LoopActor
public struct Poller {
  private let order: PollOrder
  private let clock: LoopClock
  private let tls: PollTLS
  private let dialer: Dialer
  /// The conversation about a spool of which the first parts are taken over.
  private let rest = Rest()

  public init(_ order: PollOrder, clock: LoopClock, tls: PollTLS, dialer: Dialer) {
    self.order = order
    self.dialer = dialer
    self.clock = clock
    self.tls = tls
  }

  private var host: HostSettings { order.host }

  /// Makes one poll: a conversation, and further ones where a service breaks it. After a part of a spool it goes on with the next one.
  public func poll() async throws(PollFailure) -> Poll {
    if let last = rest.conversation {
      rest.conversation = nil
      return try await pollRest(last)
    }
    if let obstacle = host.obstacle { throw PollFailure(description: obstacle) }
    let began = clock.now
    let end = began.advanced(by: order.limits[.node])
    var search = BreakSearch(isSerial: order.isSerial)
    var dialogue = firstDialogue(isSerial: order.isSerial)
    var provesSerial = order.isSerial
    var refusal: PollFailure?
    var peer: String?
    while true {
      let result = await converse(dialogue, until: end)
      dialogue = result.dialogue
      if dialogue.isSpool, dialogue.hasList {
        return try partOfSpool(result, began: began)
      }
      guard let interruption = result.interruption else {
        search.end(answers: dialogue.answers, open: dialogue.open)
        break
      }
      peer = peer ?? interruption.peer
      // Our own end says nothing about the node.
      if Task.isCancelled { throw interruption.failure }
      guard dialogue.hasList else {
        // A node that loses requests that arrive together has lost `list`, which came with `cap`.
        guard refusal == nil, interruption.failure.isWhileAsking, !search.isSerial, clock.now < end
        else { throw refusal ?? interruption.failure }
        refusal = interruption.failure
        provesSerial = true
        search = BreakSearch(isSerial: true)
        dialogue = firstDialogue(isSerial: true)
        continue
      }
      let due = dialogue.due
      let step = search.add(
        BreakSearch.Break(
          service: due?.service, wasAlone: due?.isAlone == true, answers: dialogue.answers,
          reason: interruption.reason, isLast: clock.now >= end || dialogue.isFull),
        open: dialogue.open)
      if step == .stop { break }
      dialogue = dialogue.resumed(
        window: search.isSerial ? 1 : RequestWindow.Bound.requests,
        without: search.isSerial ? search.broken : search.broken.union(search.suspects),
        askedLast: search.isSerial ? search.suspects : [])
    }
    var poll = Poll(
      nodeName: dialogue.nodeName, services: outcomes(of: dialogue, search),
      faults: dialogue.faults, duration: seconds(since: began),
      trouble: search.trouble.map { (peer.map { "\($0): " } ?? "") + $0 },
      isSerial: search.answers > 0 && (provesSerial || search.provesSerial))
    poll.list = dialogue.list
    poll.nodes = dialogue.nodes
    return poll
  }

  private func seconds(since began: LoopClock.Instant) -> Double {
    Double(began.duration(to: clock.now).wholeNanoseconds) / 1e9
  }

  // MARK: Spools

  /// Reads on where the last part of a spool ended. Each part has the time of a poll: a backlog may take longer than one.
  private func pollRest(_ last: ConversationEnd) async throws(PollFailure) -> Poll {
    let began = clock.now
    guard let transport = last.transport else {
      throw PollFailure(description: "\(host.path): no connection")
    }
    var dialogue = last.dialogue
    let begun: ConversationEnd
    do throws(MasterDialogue.Failure) {
      try dialogue.continueSpool(now: clock.epoch)
      begun = ConversationEnd(dialogue: dialogue, transport: transport, since: last.since)
    } catch {
      transport.close()
      throw PollFailure(description: "\(transport.peerName): \(error)")
    }
    let end = await finish(
      begun, over: transport, until: began.advanced(by: order.limits[.node]))
    return try partOfSpool(end, began: began)
  }

  private func partOfSpool(
    _ end: ConversationEnd, began: LoopClock.Instant
  ) throws(PollFailure) -> Poll {
    if let interruption = end.interruption { throw interruption.failure }
    if end.dialogue.hasPart { rest.conversation = end }
    var poll = Poll(
      nodeName: end.dialogue.nodeName, services: end.dialogue.services,
      faults: end.dialogue.faults, duration: seconds(since: began), isSerial: order.isSerial)
    poll.spool = end.dialogue.spool
    return poll
  }

  private func firstDialogue(isSerial: Bool) -> MasterDialogue {
    MasterDialogue(
      subject: subject, security: security,
      window: isSerial ? 1 : RequestWindow.Bound.requests, order: order)
  }

  /// Says of each service what came of asking it.
  private func outcomes(of dialogue: MasterDialogue, _ search: BreakSearch) -> [PolledService] {
    var services = dialogue.services
    let open = dialogue.open
    if open.isEmpty { return services }
    for index in open { services[index].outcome = .unanswered }
    for index in search.broken.union(search.suspects) {
      guard let reason = search.reasons[index] else { continue }
      services[index].outcome = .broke(
        reason: reason, isCertain: search.broken.contains(index))
    }
    return services
  }

  // MARK: One conversation

  /// How a conversation ended before all was answered.
  private struct Interruption {
    /// Without the node's address.
    private(set) var reason: String
    private(set) var failure: PollFailure
    /// The node's name, where it was reached.
    private(set) var peer: String?
    /// Whether a time limit has passed.
    private(set) var isHanging = false

    init(_ failure: PollFailure) {
      reason = failure.description
      self.failure = failure
    }

    init(_ reason: String, of peer: String, isWhileAsking: Bool, isHanging: Bool = false) {
      self.reason = reason
      self.peer = peer
      self.isHanging = isHanging
      failure = PollFailure(description: "\(peer): \(reason)", isWhileAsking: isWhileAsking)
    }

    /// Takes over the words that say how the node's command ended.
    mutating func explain(_ explained: PollFailure) {
      reason += explained.description.dropFirst(failure.description.count)
      failure = explained
    }
  }

  /// Where the parts of a spool that are still to come are read.
  @LoopActor
  private final class Rest {
    var conversation: ConversationEnd?
  }

  /// A conversation that has ended, in order or not.
  private struct ConversationEnd {
    var dialogue: MasterDialogue
    /// The transport at the end: under TLS another one than at the beginning.
    var transport: (any Transport)?
    /// When the transport was opened.
    var since: LoopClock.Instant?
    var interruption: Interruption?
  }

  private func converse(_ start: MasterDialogue, until end: LoopClock.Instant) async
    -> ConversationEnd
  {
    var dialogue = start
    dialogue.staysOpen = dialer.keeps(host, period: order.limits.updateRate)
    let transport: any Transport
    var since = clock.now
    if dialogue.staysOpen, !dialogue.hasList, let kept = await resume(dialogue, until: end) {
      transport = kept.transport
      dialogue = kept.dialogue
      since = kept.since
    } else if Task.isCancelled {
      return ConversationEnd(
        dialogue: dialogue,
        interruption: Interruption(PollFailure(description: "\(host.path): cancelled")))
    } else {
      since = clock.now
      let limit = min(order.limits[.connection], since.duration(to: end))
      do throws(PollFailure) {
        transport = try await dialer.dial(host, within: limit)
      } catch {
        let isLate = clock.now >= since.advanced(by: limit)
        return ConversationEnd(
          dialogue: dialogue,
          interruption: Interruption(
            isLate ? error.adding(" (\(order.limits.explanation(of: .connection)))") : error))
      }
      dialogue.isOverSocket = !(transport is ChildTransport)
    }
    return await finish(
      ConversationEnd(dialogue: dialogue, transport: transport, since: since), over: transport,
      until: end)
  }

  /// Holds the conversation, and keeps or closes the transport.
  private func finish(
    _ begun: ConversationEnd, over transport: any Transport, until end: LoopClock.Instant
  ) async -> ConversationEnd {
    // At the program's end a node that does not answer is not waited for.
    var result = await withTaskCancellationHandler {
      await converse(over: transport, begun, until: end)
    } onCancel: {
      EventLoop.main.post { transport.close() }
    }
    let dialogue = result.dialogue
    if result.interruption == nil, dialogue.hasPart { return result }
    if result.interruption == nil, dialogue.staysOpen, !Task.isCancelled,
      let used = result.transport, let since = result.since
    {
      dialer.keep(
        .init(
          transport: used, nodeName: dialogue.nodeName, isSpool: dialogue.isSpool, host: host,
          began: since))
    } else {
      (result.transport ?? transport).close()
    }
    if let interruption = result.interruption {
      let failure = await dialer.explaining(
        interruption.failure, by: transport, isHanging: interruption.isHanging)
      result.interruption?.explain(failure)
    }
    return result
  }

  /// Begins a poll over the connection that the last one has left.
  /// - Returns: `nil` when there is none, or it does not answer: then another one is made, and nothing is told of it.
  private func resume(
    _ fresh: MasterDialogue, until end: LoopClock.Instant
  ) async -> (transport: any Transport, dialogue: MasterDialogue, since: LoopClock.Instant)? {
    guard let kept = dialer.removeKept(of: host) else { return nil }
    let transport = kept.transport
    // A connection that the network has dropped silently must not cost the poll.
    let limit = min(.seconds(10), order.limits[.answer], clock.now.duration(to: end) / 2)
    transport.setDeadline(clock.now.advanced(by: limit))
    let resumed = await withTaskCancellationHandler {
      () async -> MasterDialogue? in
      var dialogue = fresh
      dialogue.isOverSocket = !(transport is ChildTransport)
      dialogue.resume(nodeName: kept.nodeName, isSpool: kept.isSpool)
      var isUnderstood = true
      let now = clock.epoch
      do throws(IOError) {
        try await transport.send(dialogue.takeRequests())
        let received: Void? = try await transport.receive { bytes in
          do throws(MasterDialogue.Failure) {
            try dialogue.receive(bytes, now: now)
          } catch { isUnderstood = false }
        }
        guard received != nil, isUnderstood else { return nil }
        let requests = dialogue.takeRequests()
        if !requests.isEmpty { try await transport.send(requests) }
        return dialogue
      } catch {
        return nil
      }
    } onCancel: {
      EventLoop.main.post { transport.close() }
    }
    if let resumed { return (transport, resumed, kept.began) }
    if let child = transport as? ChildTransport { child.terminate() } else { transport.close() }
    return nil
  }

  /// Runs the dialogue until all replies are here.
  private func converse(
    over plain: any Transport, _ start: ConversationEnd, until end: LoopClock.Instant
  ) async -> ConversationEnd {
    var result = start
    var transport = plain
    var subject = PollLimits.Subject.banner
    var progress = -1
    do throws(IOError) {
      while !result.dialogue.isDone, !result.dialogue.hasPart {
        if result.dialogue.progress != progress {
          progress = result.dialogue.progress
          subject = progress == 0 ? .banner : .answer
          let limit = clock.now.advanced(by: order.limits[subject])
          if end <= limit { subject = .node }
          transport.setDeadline(min(limit, end))
        }
        let now = clock.epoch
        var failure: MasterDialogue.Failure?
        let received: Void? = try await transport.receive { bytes in
          do throws(MasterDialogue.Failure) {
            try result.dialogue.receive(bytes, now: now)
          } catch { failure = error }
        }
        if received == nil {
          do throws(MasterDialogue.Failure) { try result.dialogue.end() } catch { failure = error }
        }
        if let failure {
          result.interruption = Interruption(
            "\(failure)", of: transport.peerName, isWhileAsking: result.dialogue.isAsking)
          return result
        }
        if let handshake = result.dialogue.takeHandshake() {
          do throws(PollFailure) {
            transport = try await tls.secure(transport, handshake, host.tls)
            result.transport = transport
          } catch {
            result.interruption = Interruption(error)
            return result
          }
          result.dialogue.begin()
        }
        let requests = result.dialogue.takeRequests()
        if !requests.isEmpty { try await transport.send(requests) }
      }
      return result
    } catch {
      // Only `quit` could not be sent: all replies are here.
      if result.dialogue.isComplete {
        // Nothing is kept of a connection that is over.
        result.transport?.close()
        return result
      }
      let dialogue = result.dialogue
      let work = dialogue.subjectOfWork
      // A node that closes with requests unread resets the connection: then its last words are the reason.
      let what =
        if error == .timedOut {
          order.limits.fault(of: subject, waitingFor: work)
        } else if let explanation = dialogue.explanation {
          dialogue.isAsking ? "\(error) while waiting for \(work); \(explanation)" : explanation
        } else {
          "\(error) while waiting for \(work)"
        }
      result.interruption = Interruption(
        what, of: transport.peerName, isWhileAsking: dialogue.isAsking,
        isHanging: error == .timedOut)
      return result
    }
  }

  private var subject: MasterDialogue.Subject {
    if host.useDefaultNode { return .standard }
    return host.useNodeName ? .nodeName : .named(host.name)
  }

  private var security: MasterDialogue.Security {
    switch host.tls.mode {
    case .disabled: .none
    case .auto: PollTLS.isBuiltIn ? .wished : .none
    case .enabled, .paranoid: .required(by: "tls \(host.tls.mode.rawValue)")
    }
  }
}
