/// Messages that wait go where munin.conf says when they are delivered, not where it said when they were made.
extension AlertWriter {
  /// Why messages to a contact in a lane of the outbox can no longer be delivered; `nil` when they can.
  func obstacle(of contact: String, lane: String) -> String? {
    let way = lane.split(separator: " ").first.map(String.init) ?? lane
    guard let manner = contacts[contact] else {
      return "munin.conf has no contact \(oneLine(contact, limit: 60)) any more"
    }
    let isThere =
      switch way {
      case Outbox.mailLane: manner.address != nil
      case "command": manner.command != nil
      case "webhook": manner.webhook != nil
      case "syslog": manner.facility != nil
      default: true
      }
    if isThere { return nil }
    let word = way == Outbox.mailLane ? "email" : way
    return "contact \(oneLine(contact, limit: 60)) has no \(word) any more"
  }

  func obstacle(of contact: String, _ way: String) -> DeliveryFailure {
    DeliveryFailure(
      .mail, isPermanent: true,
      obstacle(of: contact, lane: way) ?? "contact \(contact) has no \(way)")
  }

  /// A message with the address of today.
  func directed(_ entry: OutboxEntry) -> OutboxEntry {
    guard entry.lane == Outbox.mailLane, let address = contacts[entry.contact]?.address else {
      return entry
    }
    var entry = entry
    entry.target = "\(address)"
    return entry
  }

  /// The command of today for a message that was made for another one.
  /// - Parameter source: what that one was made of; `nil` where a former release has made it: then it is run as it is, unless today's has
  ///   no variables.
  func command(
    of contact: String, made command: String, of source: CommandSource?
  ) throws(DeliveryFailure) -> String {
    guard let template = contacts[contact]?.command else {
      throw obstacle(of: contact, "command")
    }
    if let source {
      return source.template == template ? command : source.command(of: template)
    }
    return template.contains("${")
      ? command : MuninTemplate.shellCommand(template, in: TemplateValues())
  }
}
