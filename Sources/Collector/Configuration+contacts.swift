public import Notify
internal import Settings
internal import Terminal
internal import Text

/// How messages to contacts are written, as settings say.
extension Configuration {
  /// - Parameters:
  ///   - site: where the pages are, without a slash at the end.
  ///   - history: what only the recorded values tell.
  public func alertWriter(
    site: String?, history: (any AlertHistory)? = nil
  ) -> AlertWriter {
    var contacts: [String: ContactManner] = [:]
    for contact in settings.contacts { contacts[contact.name] = manner(of: contact) }
    return AlertWriter(
      site: site, machine: Configuration.hostName, contacts: contacts, history: history)
  }

  private func manner(of contact: Contact) -> ContactManner {
    var manner = ContactManner()
    manner.hasHTML = contact.mailFormat == .both
    // One that cannot be used was told by the check.
    if let name = contact.timezone?.text ?? settings.timezone(ofGroup: [])?.text,
      let zone = try? TimeZones.zone(name)
    {
      manner.utcOffset = { zone.offset(at: $0).offset }
    }
    manner.webhook = webhook(of: contact)
    manner.facility = contact.syslog?.code
    return manner
  }

  private func webhook(of contact: Contact) -> WebhookRoute? {
    let webhook = contact.webhook
    guard let address = webhook.address else { return nil }
    var route = WebhookRoute(address: address.text, type: webhook.type)
    let purpose = WebhookRoute.purpose(of: webhook.type)
    route.text = webhook.text.flatMap { try? MuninTemplate($0, for: purpose) }
    route.headers = webhook.headers.compactMap { header in
      (try? MuninTemplate(header.value)).map { .init(name: header.name, value: $0) }
    }
    guard let path = webhook.secretFile else { return route }
    guard WebhookRoute.canSign else {
      route.obstacle = "webhook_secret_file: built without TLS"
      return route
    }
    switch Terminal.readRegular(path) {
    case .success(let bytes):
      let key = bytes.prefix { $0 != 10 && $0 != 13 }
      route.key = Array(key)
      if key.isEmpty { route.obstacle = "\(path): expected one line of text" }
    case .failure(let failure): route.obstacle = "\(failure)"
    }
    return route
  }
}
