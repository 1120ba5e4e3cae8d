internal import EventLoop
internal import Inventory
internal import Settings

/// One conversation of a poll: over a connection that the last poll has left, or a new one, until all is answered or it breaks.
@LoopActor
struct PollConversation {
  let order: PollOrder
  let clock: LoopClock
  let tls: PollTLS
  let dialer: Dialer

  private var host: HostSettings { order.host }

  /// How a conversation ended before all was answered.
  struct Interruption {
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

  /// A conversation that has ended, in order or not.
  struct End {
    var dialogue: MasterDialogue
    /// The transport at the end: under TLS another one than at the beginning.
    var transport: (any Transport)?
    /// When the transport was opened.
    var since: LoopClock.Instant?
    var interruption: Interruption?
  }

  /// Connects and holds the conversation.
  func hold(_ start: MasterDialogue, until end: LoopClock.Instant) async -> End {
    var dialogue = start
    dialogue.staysOpen = dialer.keeps(host, period: order.limits.updateRate)
    let transport: any Transport
    var since = clock.now
    if dialogue.staysOpen, !dialogue.hasList, let kept = await resume(dialogue, until: end) {
      transport = kept.transport
      dialogue = kept.dialogue
      since = kept.since
    } else if Task.isCancelled {
      return End(
        dialogue: dialogue,
        interruption: Interruption(PollFailure(description: "\(host.path): cancelled")))
    } else {
      since = clock.now
      let limit = min(order.limits[.connection], since.duration(to: end))
      do throws(PollFailure) {
        transport = try await dialer.dial(host, within: limit)
      } catch {
        let isLate = clock.now >= since.advanced(by: limit)
        return End(
          dialogue: dialogue,
          interruption: Interruption(
            isLate ? error.adding(" (\(order.limits.explanation(of: .connection)))") : error))
      }
      dialogue.isOverSocket = !(transport is ChildTransport)
    }
    return await finish(
      End(dialogue: dialogue, transport: transport, since: since), over: transport,
      until: end)
  }

  /// Holds a conversation that has begun, and keeps or closes the transport.
  func finish(
    _ begun: End, over transport: any Transport, until end: LoopClock.Instant
  ) async -> End {
    // At the program's end a node that does not answer is not waited for.
    var result = await withTaskCancellationHandler {
      await exchange(over: transport, begun, until: end)
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
            try dialogue.receive(bytes, now: now, at: clock.now.nanoseconds)
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
  private func exchange(
    over plain: any Transport, _ start: End, until end: LoopClock.Instant
  ) async -> End {
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
            try result.dialogue.receive(bytes, now: now, at: clock.now.nanoseconds)
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
}
