public import Notify
public import Settings
internal import Terminal
internal import Text

/// How messages to contacts are written, as settings say.
extension AlertWriter {
  /// - Parameters:
  ///   - site: where the pages are, without a slash at the end.
  ///   - links: makes the addresses of the page with the buttons.
  ///   - history: what only the recorded values tell.
  public init(
    _ settings: MasterSettings, site: String?, links: AlertLinks? = nil,
    history: (any AlertHistory)? = nil
  ) {
    var contacts: [String: ContactManner] = [:]
    for contact in settings.contacts {
      contacts[contact.name] = ContactManner(contact, settings)
    }
    self.init(site: site, machine: Configuration.hostName, contacts: contacts, history: history)
    self.links = links
  }
}

extension ContactManner {
  fileprivate init(_ contact: Contact, _ settings: MasterSettings) {
    self.init()
    address = contact.email.flatMap { try? MailAddress($0) }
    command = contact.command
    hasHTML = contact.mailFormat == .both
    // One that cannot be used was told by the check.
    if let name = contact.timezone?.text ?? settings.timezone(ofGroup: [])?.text,
      let zone = try? TimeZones.zone(name)
    {
      utcOffset = { zone.offset(at: $0).offset }
    }
    webhook = WebhookRoute(contact)
    facility = contact.syslog?.code
  }
}

extension WebhookRoute {
  fileprivate init?(_ contact: Contact) {
    let webhook = contact.webhook
    guard let address = webhook.address else { return nil }
    self.init(address: address.text, type: webhook.type)
    let purpose = WebhookRoute.purpose(of: webhook.type)
    text = webhook.text.flatMap { try? MuninTemplate($0, for: purpose) }
    headers = webhook.headers.compactMap { header in
      (try? MuninTemplate(header.value)).map { .init(name: header.name, value: $0) }
    }
    guard let path = webhook.secretFile else { return }
    guard WebhookRoute.canSign else {
      obstacle = "webhook_secret_file: built without TLS"
      return
    }
    switch Terminal.readRegular(path) {
    case .success(let bytes):
      let line = bytes.prefix { $0 != 10 && $0 != 13 }
      key = Array(line)
      if line.isEmpty { obstacle = "\(path): expected one line of text" }
    case .failure(let failure): obstacle = "\(failure)"
    }
  }
}
