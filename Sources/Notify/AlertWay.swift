/// A way on which a contact is told notifications. What is said on it is written when it is delivered.
public enum AlertWay: Sendable, Hashable {
  case mail(MailAddress)
  /// To the contact's webhook; `isPerGraph` where it has a template, which is filled in for each graph.
  case webhook(isPerGraph: Bool)
  case syslog

  /// The lane of the outbox.
  func lane(of contact: String) -> String {
    switch self {
    case .mail: Outbox.mailLane
    case .webhook: "webhook \(contact)"
    case .syslog: "syslog \(contact)"
    }
  }
}
