internal import EventLoop
internal import Text

/// Delivery to a mail server. libcurl blocks, so this actor has a thread of its own; mails go one after
/// the other, over one connection as long as the server keeps it.
public actor SMTPDelivery {
  private let executor = ThreadExecutor(label: "smtp")
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  public nonisolated let server: MailServer
  private let identity: MailIdentity
  private let login: MailLogin?
  private let certificates: String?
  private let timeout: Duration
  private var opened: OpenTransfer?

  /// - Parameters:
  ///   - login: `nil` for a server that takes mails from this machine as it is.
  ///   - certificates: a file of those that the server's has to come from; the system's when `nil`.
  ///   - timeout: the limit of one whole attempt. A connection, its TLS and login have at most 20 s of it, an answer 30 s.
  public init(
    server: MailServer, identity: MailIdentity, login: MailLogin? = nil,
    certificates: String? = nil, timeout: Duration = .seconds(60)
  ) {
    self.server = server
    self.identity = identity
    self.login = login
    self.certificates = certificates
    self.timeout = timeout
  }

  public init(
    server: MailServer, sender: MailAddress, hostName: String, timeout: Duration = .seconds(60)
  ) {
    self.init(
      server: server, identity: MailIdentity(from: sender, hostName: hostName), timeout: timeout)
  }

  /// Makes one attempt to deliver, and returns when the server has taken the mail.
  /// - Returns: the server and its answer.
  @discardableResult
  public func deliver(
    _ mail: OutgoingMail, to recipient: MailAddress
  ) throws(DeliveryFailure) -> DeliveryReceipt {
    let message = mail.message(
      from: identity.from, to: recipient, host: identity.messageHost,
      utcOffset: CalendarTime.localOffset(at: mail.created))
    let start = ContinuousClock.now
    var result = try send(message, to: recipient, within: timeout)
    // A server may close a connection after a number of mails or seconds, which says nothing about this mail; before it
    // has seen the recipient it cannot have accepted the mail.
    if result.wasReused, !result.isAccepted, !result.isTimeout, !result.isCancelled,
      result.stage <= .sender, result.code < 500
    {
      result = try send(message, to: recipient, within: timeout - (.now - start))
    }
    if !result.isAccepted { throw failure(result) }
    return DeliveryReceipt(
      "\(server): \(result.answer)", protection: server.protection(result.tlsVersion))
  }

  /// Closes the connection. The next delivery connects again.
  public func finish() {
    opened = nil
  }

  private func send(
    _ message: [UInt8], to recipient: MailAddress, within timeout: Duration
  ) throws(DeliveryFailure) -> Transfer.Result {
    let opened = try openedTransfer()
    let result = opened.transfer.send(
      message, from: identity.envelope, to: recipient, timeout: timeout)
    if !result.isAccepted { finish() }
    return result
  }

  private func openedTransfer() throws(DeliveryFailure) -> OpenTransfer {
    if let opened { return opened }
    let transfer = OpenTransfer(
      try Transfer(
        server: server, hostName: identity.hostName, login: login, certificates: certificates))
    opened = transfer
    return transfer
  }

  /// A refusal of the session or the sender concerns every mail and is repaired by the operator, so even a 5xx does not
  /// end the attempts. A 5xx for the recipient or the message does.
  private func failure(_ result: Transfer.Result) -> DeliveryFailure {
    let scope: DeliveryFailure.Scope =
      switch result.stage {
      case .connection, .greeting, .session, .login, .sender: .server
      case .recipient: .recipient
      case .data, .message: .mail
      }
    let about =
      switch result.stage {
      case .connection: "connection"
      case .greeting: "greeting"
      case .session: "opening of the session"
      case .login: "login as \(login?.user ?? "")"
      case .sender: "sender \(identity.envelope)"
      case .recipient: "recipient"
      case .data, .message: "message"
      }
    if result.isCancelled {
      return DeliveryFailure(.server, "\(server): \(about): cancelled")
    }
    if result.isTimeout {
      return DeliveryFailure(
        scope, isTimeout: true,
        "\(server): \(about): no answer within \(TimeSpan.text(Transfer.limit(of: result.stage, timeout)))"
      )
    }
    if result.code >= 400 {
      let isPermanent = result.code >= 500 && scope != .server
      return DeliveryFailure(
        scope, isPermanent: isPermanent,
        "\(server): \(about) \(isPermanent ? "refused" : "not accepted"): \(result.words)")
    }
    if result.stage == .message {
      return DeliveryFailure(
        scope, "\(server): the answer to the message was lost: \(result.words)")
    }
    return DeliveryFailure(scope, "\(server): \(about): \(result.words)")
  }
}

/// Keeps the handle, which cannot be copied, in the actor.
private final class OpenTransfer {
  var transfer: Transfer
  init(_ transfer: consuming Transfer) { self.transfer = transfer }
}
