/// One message of a way, as the outbox holds it.
enum AlertDestination: Sendable, Hashable {
  case mail(MailAddress)
  case webhook(WebhookRoute.Part)
  case syslog

  /// What follows the identifier of the notification in that of the message.
  var suffix: String {
    switch self {
    case .mail: ""
    case .webhook(.whole): ".w"
    case .webhook(.graph(let index)): ".w\(index)"
    case .syslog: ".s"
    }
  }

  /// The column `target`; `nil` for an address, which has a column of its own.
  var text: String? {
    switch self {
    case .mail: nil
    case .webhook(.whole): "webhook"
    case .webhook(.graph(let index)): "webhook \(index)"
    case .syslog: "syslog"
    }
  }

  init?(_ entry: OutboxEntry) {
    let words = entry.target.split(separator: " ")
    if entry.lane == Outbox.mailLane {
      guard let address = try? MailAddress(entry.target) else { return nil }
      self = .mail(address)
    } else if entry.target == "syslog" {
      self = .syslog
    } else if entry.target == "webhook" {
      self = .webhook(.whole)
    } else if words.count == 2, words[0] == "webhook", let index = Int(words[1]) {
      self = .webhook(.graph(index))
    } else {
      return nil
    }
  }
}
