public import Incidents
internal import Limits
internal import Text

/// What settings say about the messages to a contact.
public struct ContactManner: Sendable {
  public var address: MailAddress?
  /// For the shell, with munin's variables.
  public var command: String?
  /// `mail_format`: text and HTML, or text alone.
  public var hasHTML = true
  /// Seconds that the contact's time zone is ahead of UTC at a time; `nil` for this machine's.
  public var utcOffset: (@Sendable (Int) -> Int)?
  public var webhook: WebhookRoute?
  /// syslog's number of the facility.
  public var facility: Int?

  public init() {}
}

/// Writes the words of notifications and hands them over, when they are delivered.
public struct AlertWriter: Sendable {
  /// The public address of the pages, without a slash at its end.
  public var site: String?
  /// The name of the machine that the collector runs on.
  public var machine: String
  /// By the names of the contacts.
  public var contacts: [String: ContactManner]
  /// Makes the addresses of the page with the buttons; `nil` where no reader could open it.
  public var links: AlertLinks?
  /// What only the recorded values tell.
  public var history: (any AlertHistory)?
  public var syslog = SyslogDelivery()

  /// So many pictures, and so many values whose movement is told, has a message.
  private static let mostPictures = 8

  public init(
    site: String?, machine: String, contacts: [String: ContactManner],
    history: (any AlertHistory)? = nil
  ) {
    self.site = site
    self.machine = machine
    self.contacts = contacts
    self.history = history
  }

  /// What the words of a notification need beside its facts.
  func surroundings(of notification: Notification) -> AlertSurroundings {
    AlertSurroundings(
      site: site, machine: machine, utcOffset: contacts[notification.contact]?.utcOffset,
      silenceLink: { [links] incident, contact in
        links?.address(of: incident, for: contact, made: notification.at)
      })
  }

  /// What a message to its contact would say about the first incident of a notification, for a page; `nil` for one without incidents.
  public func description(of notification: Notification) -> IncidentDescription? {
    IncidentDescription(notification, surroundings(of: notification))
  }

  /// The mail about a notification, with its pictures.
  public func mail(_ notification: Notification, to address: MailAddress) async -> OutgoingMail {
    let hasHTML = contacts[notification.contact]?.hasHTML ?? true
    var surroundings = surroundings(of: notification)
    var pictures: [Int: MailPicture] = [:]
    if let history {
      let sections = AlertWords(notification, surroundings).sections
      for (index, section) in sections.prefix(Self.mostPictures).enumerated() {
        let line = notification.lines[index]
        guard let part = section.shown else { continue }
        if let movement = await history.movement(of: part, in: line, at: notification.at) {
          surroundings.movements[part.series] = movement
        }
        pictures[index] = await history.picture(of: part, in: line, at: notification.at)
      }
    }
    return OutgoingMail(
      notification, AlertWords(notification, surroundings), to: address, pictures: pictures,
      hasHTML: hasHTML)
  }

  /// Makes one attempt for a message that is not in the outbox.
  /// - Returns: who has taken it, and the answer.
  public func attempt(
    _ notification: Notification, on way: AlertWay, by mails: MailExchange?
  ) async throws(DeliveryFailure) -> DeliveryReceipt {
    let target: AlertDestination =
      switch way {
      case .mail(let address): .mail(address)
      case .webhook(let isPerGraph): .webhook(isPerGraph ? .graph(0) : .whole)
      case .syslog: .syslog
      }
    return try await deliver(notification, to: target, by: mails, now: notification.at)
  }

  /// Makes one attempt.
  /// - Parameter now: seconds since 1970.
  /// - Returns: who has taken the message, and the answer.
  func deliver(
    _ notification: Notification, to target: AlertDestination, by mails: MailExchange?, now: Int
  ) async throws(DeliveryFailure) -> DeliveryReceipt {
    let contact = notification.contact
    switch target {
    case .mail(let address):
      guard let mails else {
        throw DeliveryFailure.noServer
      }
      return try await mails.deliver(await mail(notification, to: address), to: address)
    case .webhook(let part):
      guard let webhook = contacts[contact]?.webhook else { throw obstacle(of: contact, "webhook") }
      return DeliveryReceipt(
        try await webhook.deliver(notification, part, surroundings(of: notification), at: now))
    case .syslog:
      guard let facility = contacts[contact]?.facility else {
        throw obstacle(of: contact, "syslog")
      }
      try syslog.deliver(notification, surroundings(of: notification), facility: facility)
      return DeliveryReceipt("syslog")
    }
  }
}
