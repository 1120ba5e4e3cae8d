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

  public init(_ order: PollOrder, clock: LoopClock, tls: PollTLS, dialer: Dialer) {
    self.order = order
    self.dialer = dialer
    self.clock = clock
    self.tls = tls
  }

  private var host: HostSettings { order.host }

  /// Makes one poll: a conversation, and further ones where a service breaks it.
  public func poll() async throws(PollFailure) -> Poll {
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
        without: search.isSerial ? search.broken : search.broken.union(search.guesses),
        askedLast: search.isSerial ? search.guesses : [])
    }
    return Poll(
      nodeName: dialogue.nodeName, services: outcomes(of: dialogue, search),
      faults: dialogue.faults,
      duration: Double(began.duration(to: clock.now).wholeNanoseconds) / 1e9,
      trouble: search.trouble.map { (peer.map { "\($0): " } ?? "") + $0 },
      isSerial: search.answers > 0 && (provesSerial || search.provesSerial))
  }

  private func firstDialogue(isSerial: Bool) -> MasterDialogue {
    MasterDialogue(
      subject: subject, security: security,
      window: isSerial ? 1 : RequestWindow.Bound.requests, known: order.known,
      fresh: order.fresh, leftOut: order.leftOut, askedLast: order.askedLast)
  }

  /// Says of each service what came of asking it.
  private func outcomes(of dialogue: MasterDialogue, _ search: BreakSearch) -> [PolledService] {
    var services = dialogue.services
    let open = dialogue.open
    if open.isEmpty { return services }
    for index in open { services[index].outcome = .unanswered }
    for index in search.broken.union(search.guesses) {
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

  private func converse(
    _ dialogue: MasterDialogue, until end: LoopClock.Instant
  ) async -> (dialogue: MasterDialogue, interruption: Interruption?) {
    var dialogue = dialogue
    dialogue.staysOpen = security == .none && dialer.keepsCommand(of: host)
    let transport: any Transport
    if dialogue.staysOpen, !dialogue.hasList, let kept = await resume(dialogue, until: end) {
      transport = kept.transport
      dialogue = kept.dialogue
    } else if Task.isCancelled {
      return (dialogue, Interruption(PollFailure(description: "\(host.path): cancelled")))
    } else {
      let began = clock.now
      let limit = min(order.limits[.connection], began.duration(to: end))
      do throws(PollFailure) {
        transport = try await dialer.dial(host, within: limit)
      } catch {
        let isLate = clock.now >= began.advanced(by: limit)
        return (
          dialogue,
          Interruption(
            isLate ? error.adding(" (\(order.limits.explanation(of: .connection)))") : error)
        )
      }
      dialogue.isOverSocket = !(transport is ChildTransport)
    }
    let start = dialogue
    // At the program's end a node that does not answer is not waited for.
    var result = await withTaskCancellationHandler {
      await converse(over: transport, start, until: end)
    } onCancel: {
      EventLoop.main.post { transport.close() }
    }
    if result.interruption == nil, start.staysOpen, !Task.isCancelled {
      dialer.keep(transport, nodeName: result.dialogue.nodeName, of: host)
    } else {
      transport.close()
    }
    if let interruption = result.interruption {
      let failure = await dialer.explaining(
        interruption.failure, by: transport, isHanging: interruption.isHanging)
      result.interruption?.explain(failure)
    }
    return result
  }

  /// Begins a poll with the command that the last one has left.
  /// - Returns: `nil` when there is none, or it does not answer: then another one is started.
  private func resume(
    _ fresh: MasterDialogue, until end: LoopClock.Instant
  ) async -> (transport: ChildTransport, dialogue: MasterDialogue)? {
    guard let kept = dialer.takeKept(of: host) else { return nil }
    let transport = kept.transport
    // A connection that the network has dropped silently must not cost the poll.
    let limit = min(.seconds(10), order.limits[.answer], clock.now.duration(to: end) / 2)
    transport.setDeadline(clock.now.advanced(by: limit))
    let resumed = await withTaskCancellationHandler {
      () async -> MasterDialogue? in
      var dialogue = fresh
      dialogue.isOverSocket = false
      dialogue.resume(nodeName: kept.nodeName)
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
    if let resumed { return (transport, resumed) }
    transport.terminate()
    return nil
  }

  /// Runs the dialogue until all replies are here.
  private func converse(
    over plain: any Transport, _ start: MasterDialogue, until end: LoopClock.Instant
  ) async -> (dialogue: MasterDialogue, interruption: Interruption?) {
    var dialogue = start
    var transport = plain
    defer { if !dialogue.staysOpen { transport.close() } }
    var subject = PollLimits.Subject.banner
    var progress = -1
    do throws(IOError) {
      while !dialogue.isDone {
        if dialogue.progress != progress {
          progress = dialogue.progress
          subject = progress == 0 ? .banner : .answer
          let limit = clock.now.advanced(by: order.limits[subject])
          if end <= limit { subject = .node }
          transport.setDeadline(min(limit, end))
        }
        let now = clock.epoch
        var failure: MasterDialogue.Failure?
        let received: Void? = try await transport.receive { bytes in
          do throws(MasterDialogue.Failure) {
            try dialogue.receive(bytes, now: now)
          } catch { failure = error }
        }
        if received == nil {
          do throws(MasterDialogue.Failure) { try dialogue.end() } catch { failure = error }
        }
        if let failure {
          let reason = "\(failure)"
          return (
            dialogue,
            Interruption(reason, of: transport.peerName, isWhileAsking: dialogue.isAsking)
          )
        }
        if let handshake = dialogue.takeHandshake() {
          do throws(PollFailure) {
            transport = try await tls.secure(transport, handshake, host.tls)
          } catch {
            return (dialogue, Interruption(error))
          }
          dialogue.begin()
        }
        let requests = dialogue.takeRequests()
        if !requests.isEmpty { try await transport.send(requests) }
      }
      return (dialogue, nil)
    } catch {
      // Only `quit` could not be sent: all replies are here.
      if dialogue.isDone { return (dialogue, nil) }
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
      return (
        dialogue,
        Interruption(
          what, of: transport.peerName, isWhileAsking: dialogue.isAsking,
          isHanging: error == .timedOut)
      )
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
