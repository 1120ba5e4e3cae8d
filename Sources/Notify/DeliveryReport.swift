internal import Ledger
internal import Text

/// The result of one mail in one round of deliveries.
public struct DeliveryReport: Sendable, Hashable, CustomStringConvertible {
  public enum Outcome: Sendable, Hashable {
    case delivered
    /// Another attempt follows at this time.
    case postponed(until: Int)
    /// It was not tried, since its server, or the server of its contact's mails, did not take another one a moment ago.
    case held(until: Int)
    /// The server refused it for good; it stays in the outbox as failed.
    case refused
    /// The last attempt failed, see ``OutboxRetryTimes/givenUpAfter``; it stays in the outbox as failed.
    case givenUp
    /// So many messages to a contact that has gone from the settings, or has this way no longer; they stay in the outbox as failed.
    case withdrawn(Int)
    /// The outbox itself could not be read or written.
    case outboxFailed
  }

  /// The mail's identifier; empty if the outbox as a whole failed.
  public let id: String
  public let contact: String
  /// The lane of the outbox that the message was in.
  public let lane: String
  public let subject: String
  public let outcome: Outcome
  /// Attempts so far, this one included.
  public let attempts: Int
  /// The error of the attempt.
  public let problem: String?
  /// Of a delivered mail, who has taken it, and the answer.
  public let way: String?

  init(_ entry: OutboxEntry, _ outcome: Outcome, problem: String? = nil, way: String? = nil) {
    self.way = way
    id = entry.id
    contact = entry.contact
    lane = entry.lane
    subject = entry.subject
    self.outcome = outcome
    attempts = entry.attempts + 1
    self.problem = problem
  }

  init(withdrawn count: Int, to contact: String, lane: String, _ problem: String) {
    (id, subject, attempts, way) = ("", "", 0, nil)
    self.contact = contact
    self.lane = lane
    outcome = .withdrawn(count)
    self.problem = problem
  }

  init(_ error: LedgerError) {
    (id, contact, lane, subject, attempts) = ("", "", "", "", 0)
    outcome = .outboxFailed
    way = nil
    problem = error.description
  }

  /// When it is tried again, in seconds since 1970; `nil` when it is not.
  public var nextAttempt: Int? {
    switch outcome {
    case .postponed(let time), .held(let time): time
    case .delivered, .refused, .givenUp, .withdrawn, .outboxFailed: nil
    }
  }

  /// Whether there are no further attempts.
  public var isAboutAnEnd: Bool {
    switch outcome {
    case .refused, .givenUp, .withdrawn: true
    case .delivered, .postponed, .held, .outboxFailed: false
    }
  }

  /// Whether it is about a mail, for which the servers of all mails are asked.
  public var isMail: Bool { lane == Outbox.mailLane }

  /// A line for the log.
  public var description: String {
    let what =
      switch outcome {
      case .delivered:
        "delivered\(way.map { " to " + $0 } ?? "")\(subject.isEmpty ? "" : ": \(subject)")"
      case .postponed: "attempt \(attempts) failed, will be repeated"
      case .held: "not tried, waits for the server"
      case .refused: "refused, kept as failed"
      case .givenUp: "given up after \(attempts) attempts, kept as failed"
      case .withdrawn(let count): "\(Amount.count(count, "waiting message")) given up"
      case .outboxFailed: "cannot read or write the outbox"
      }
    let noun = if case .withdrawn = outcome { "messages" } else { "mail" }
    let whose = contact.isEmpty ? "mail" : "\(noun) to \(contact)"
    return "\(whose): \(what)\(problem.map { ": " + $0 } ?? "")"
  }
}
