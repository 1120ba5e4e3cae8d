public import EventLoop
public import Inventory
internal import MuninWire
internal import Settings

/// Polls one node: connects, holds the dialogue, and returns the replies.
@LoopActor
public struct Poller {
  private let order: PollOrder
  private let clock: LoopClock
  private let conversation: PollConversation
  /// The conversation about a spool of which the first parts are taken over.
  private let rest = Rest()

  public init(_ order: PollOrder, clock: LoopClock, tls: PollTLS, dialer: Dialer) {
    self.order = order
    self.clock = clock
    conversation = PollConversation(order: order, clock: clock, tls: tls, dialer: dialer)
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
      let result = await conversation.hold(dialogue, until: end)
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
  private func pollRest(_ last: PollConversation.End) async throws(PollFailure) -> Poll {
    let began = clock.now
    guard let transport = last.transport else {
      throw PollFailure(description: "\(host.path): no connection")
    }
    var dialogue = last.dialogue
    let begun: PollConversation.End
    do throws(MasterDialogue.Failure) {
      try dialogue.continueSpool(now: clock.epoch)
      begun = PollConversation.End(dialogue: dialogue, transport: transport, since: last.since)
    } catch {
      transport.close()
      throw PollFailure(description: "\(transport.peerName): \(error)")
    }
    let end = await conversation.finish(
      begun, over: transport, until: began.advanced(by: order.limits[.node]))
    return try partOfSpool(end, began: began)
  }

  private func partOfSpool(
    _ end: PollConversation.End, began: LoopClock.Instant
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

  /// Where the parts of a spool that are still to come are read.
  @LoopActor
  private final class Rest {
    var conversation: PollConversation.End?
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
