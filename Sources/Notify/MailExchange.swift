internal import EventLoop
internal import Text

/// The ways that mails to addresses go: mail servers in the order in which they are tried, and a local program as the last resort.
///
/// A server that failed as such, or began to take a mail and did not answer, is passed over for a minute while another way takes the mails,
/// so that one that hangs does not cost its time limit for each mail.
public final class MailExchange: Sendable {
  private let servers: [SMTPDelivery]
  private let sendmail: SendmailDelivery?
  /// Until when a server is passed over, by its position.
  private let passedOver = Locked<[Int: ContinuousClock.Instant]>([:])

  private static let pause: Duration = .seconds(60)

  /// - Parameter sendmail: the only way without servers, else the last one.
  public init(servers: [SMTPDelivery], sendmail: SendmailDelivery? = nil) {
    self.servers = servers
    self.sendmail = sendmail
  }

  /// Tries one way after the other until one takes the mail, or refuses just this mail or this recipient.
  /// - Returns: which way has taken it, and its words.
  public func deliver(
    _ mail: OutgoingMail, to recipient: MailAddress
  ) async throws(DeliveryFailure) -> DeliveryReceipt {
    var failures: [DeliveryFailure] = []
    for index in order() {
      do throws(DeliveryFailure) {
        let receipt = try await servers[index].deliver(mail, to: recipient)
        passedOver.with { $0[index] = nil }
        return receipt
      } catch {
        // The words of a cancelled attempt say nothing about the server.
        guard error.scope == .server || error.isTimeout, !Task.isCancelled else { throw error }
        passedOver.with { $0[index] = .now + Self.pause }
        // It may have taken the mail: another way would deliver it twice.
        if error.scope != .server { throw error }
        failures.append(error)
      }
    }
    if let sendmail {
      do throws(DeliveryFailure) {
        let message = mail.message(
          from: sendmail.identity.from, to: recipient, host: sendmail.identity.messageHost,
          utcOffset: CalendarTime.localOffset(at: mail.created))
        let words = try await sendmail.deliver(message, to: recipient)
        return DeliveryReceipt(words + (failures.first.map { " (\($0))" } ?? ""))
      } catch {
        guard error.scope == .server else { throw error }
        failures.append(error)
      }
    }
    guard let first = failures.first else {
      throw DeliveryFailure.noServer
    }
    if failures.count == 1 { throw first }
    throw DeliveryFailure(
      .server, isTimeout: failures.allSatisfy(\.isTimeout),
      failures.map(\.description).joined(separator: "; "))
  }

  /// Whether some way did not fail lately.
  var hasSoundWay: Bool { sendmail != nil || !soundServers.isEmpty }

  private var soundServers: [Int] {
    let now = ContinuousClock.now
    let late = passedOver.with { $0.filter { $0.value > now } }
    return servers.indices.filter { late[$0] == nil }
  }

  /// The positions of the servers that did not fail lately. When all did, all are tried.
  private func order() -> [Int] {
    let rested = soundServers
    if rested.isEmpty, sendmail == nil { return Array(servers.indices) }
    return rested
  }

  /// Closes the connections.
  public func finish() async {
    for server in servers { await server.finish() }
  }
}
