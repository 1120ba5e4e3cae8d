internal import Limits
internal import MuninWire
internal import Notify
internal import Settings

/// What munin-limits would start after a run, for contacts with a `command`.
///
/// A graph is told when the level of some field has changed, or when some field has a level that the contact has named in
/// `always_send`. Each message names all fields that are critical, warning or unknown then, and those that became ok. Messages of a
/// contact are given to one process as long as the command stays the same and `max_messages` is not reached.
struct MuninRound {
  /// A process to start.
  struct Delivery: Hashable, Sendable {
    let contact: String
    /// For the shell.
    let command: String
    /// What it is made of: the variables of its first message.
    let source: CommandSource
    /// What it is given on its standard input.
    var input: String
  }

  private let settings: MasterSettings
  private var messages: [Message] = []

  private struct Message {
    let contact: Contact
    let command: String
    /// The command as munin.conf has it.
    let template: String
    let service: MuninService
    let text: String
  }

  init(_ settings: MasterSettings) { self.settings = settings }

  /// Adds what there is to tell of a graph.
  mutating func add(_ service: MuninService) {
    let levels = Set(service.members.map(\.level))
    let contacts = settings.recipients(
      group: service.host.groups, host: service.host.name, service: service.graph.name)
    for contact in contacts {
      guard
        service.isChanged || contact.alwaysSend.contains(where: { levels.contains($0.level) })
      else { continue }
      add(service, to: contact)
    }
  }

  /// Adds a message to a contact; nothing for one without a command.
  mutating func add(_ service: MuninService, to contact: Contact) {
    guard let command = contact.command else { return }
    messages.append(
      Message(
        contact: contact, command: MuninTemplate.shellCommand(command, in: service),
        template: command, service: service,
        text: template(of: contact).expand(in: service) + "\n"))
  }

  /// The processes, those of a contact in the order of its messages.
  var deliveries: [Delivery] {
    var deliveries: [Delivery] = []
    var places: [String: Int] = [:]
    var counts: [String: Int] = [:]
    for message in messages {
      let name = message.contact.name
      let limit = message.contact.maxMessages ?? standardLimit(of: name)
      if let place = places[name], deliveries[place].command == message.command,
        limit == 0 || counts[name, default: 0] < limit
      {
        deliveries[place].input += message.text
        counts[name, default: 0] += 1
      } else {
        places[name] = deliveries.count
        counts[name] = 1
        deliveries.append(
          Delivery(
            contact: name, command: message.command,
            source: CommandSource(message.template, in: message.service), input: message.text))
      }
    }
    return deliveries
  }

  /// send_nsca takes lines after the first for more text of the same check (since 2.9.2, which wants byte 23 between checks): the other checks
  /// would never reach Nagios. munin starts one process all the same.
  private func standardLimit(of contact: String) -> Int {
    ["nagios", "old-nagios"].contains(contact) && !settings.isMuninCompatible ? 1 : 0
  }

  /// The contact's own, else that of the contact `default`, else munin's.
  private func template(of contact: Contact) -> MuninTemplate {
    let text = contact.text ?? settings.contacts.first { $0.name == "default" }?.text
    return text.flatMap { try? MuninTemplate($0) } ?? .builtIn(for: contact.name)
  }
}

extension Contact.Severity {
  /// The level that it names.
  var level: Level {
    switch self {
    case .ok: .ok
    case .warning: .warning
    case .critical: .critical
    case .unknown: .unknown
    }
  }
}
