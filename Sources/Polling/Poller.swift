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

  /// Makes one poll.
  public func poll() async throws(PollFailure) -> Poll {
    if let obstacle = host.obstacle { throw PollFailure(description: obstacle) }
    let began = clock.now
    let deadline = began.advanced(by: .seconds(order.nodeTimeout))
    let limit = Duration.seconds(min(order.connectTimeout, order.nodeTimeout))
    let transport = try await dialer.dial(host, within: limit)
    transport.setDeadline(deadline)
    var dialogue = MasterDialogue(
      subject: subject, security: security, window: order.isSerial ? 1 : 32, known: order.known,
      fresh: order.fresh)
    dialogue.isOverSocket = !(transport is ChildTransport)
    let start = dialogue
    // At the program's end a node that does not answer is not waited for.
    let result = await withTaskCancellationHandler {
      await converse(over: transport, start)
    } onCancel: {
      EventLoop.main.post { transport.close() }
    }
    transport.close()
    if case .failure(let failure) = result {
      throw await dialer.explaining(failure, by: transport, isHanging: clock.now >= deadline)
    }
    let ended = try result.get()
    return Poll(
      nodeName: ended.nodeName, services: ended.services, faults: ended.faults,
      duration: Double(began.duration(to: clock.now).wholeNanoseconds) / 1e9)
  }

  /// Runs the dialogue until all replies are here.
  private func converse(
    over plain: any Transport, _ start: MasterDialogue
  ) async -> Result<MasterDialogue, PollFailure> {
    var dialogue = start
    var transport = plain
    defer { transport.close() }
    do throws(IOError) {
      while !dialogue.isDone {
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
          return .failure(
            PollFailure(
              description: "\(transport.peerName): \(failure)",
              isWhileAsking: dialogue.isAsking))
        }
        if let handshake = dialogue.takeHandshake() {
          do throws(PollFailure) {
            transport = try await tls.secure(transport, handshake, host.tls)
          } catch { return .failure(error) }
          dialogue.begin()
        }
        let requests = dialogue.takeRequests()
        if !requests.isEmpty { try await transport.send(requests) }
      }
      return .success(dialogue)
    } catch {
      // Only `quit` could not be sent: all replies are here.
      if dialogue.isDone { return .success(dialogue) }
      let waiting = "while waiting for \(dialogue.subjectOfWork)"
      // A node that closes with requests unread resets the connection: then its last words are the reason.
      let what =
        if error == .timedOut {
          "no answer within \(order.nodeTimeout) s \(waiting)"
        } else if let explanation = dialogue.explanation {
          dialogue.isAsking ? "\(error) \(waiting); \(explanation)" : explanation
        } else {
          "\(error) \(waiting)"
        }
      return .failure(
        PollFailure(
          description: "\(transport.peerName): \(what)", isWhileAsking: dialogue.isAsking))
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
