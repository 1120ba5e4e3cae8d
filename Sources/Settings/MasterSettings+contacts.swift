/// Directives that are valid each and contradict or need each other. These are warnings: the collector starts.
extension MasterSettings {
  func findings(of contact: Contact) -> [SettingFinding] {
    var findings: [SettingFinding] = []
    func line(_ word: String) -> Directive? { contactDirectives["contact.\(contact.name).\(word)"] }
    if let escalation = contact.escalation, let line = line("escalate") {
      let known = contacts.map(\.name)
      if escalation.contact == contact.name {
        findings.append(line.finding("\(line.name): expected another contact").passedOver(""))
      } else if !known.contains(escalation.contact) {
        let hint = suggestion(for: escalation.contact, among: known)
        findings.append(
          line.finding("\(line.name): unknown contact \(escalation.contact.quoted)\(hint)")
            .passedOver(""))
      }
    }
    if contact.webhook.address == nil {
      for word in ["webhook_text", "webhook_type", "webhook_header", "webhook_secret_file"] {
        guard let line = line(word) else { continue }
        findings.append(
          line.finding("\(line.name): no effect without contact.\(contact.name).webhook"))
      }
    }
    if contact.tell.isEmpty, contact.digest == nil, let line = line("tell") {
      findings.append(line.finding("\(line.name): none, and no digest: it gets no messages"))
    }
    if contact.digest == nil {
      for word in ["ignore", "ignore_file"] {
        guard let line = line(word) else { continue }
        findings.append(
          line.finding("\(line.name): no effect without contact.\(contact.name).digest"))
      }
    }
    return findings
  }

  var mailFindings: [SettingFinding] {
    func line(_ word: String) -> Directive? { tree.own(word, at: SettingPath()) }
    var findings: [SettingFinding] = []
    if let user = line("smtp_user"), mail.passwordFile == nil {
      findings.append(
        user.finding("smtp_user: expected smtp_password_file as well").passedOver(""))
    }
    if let file = line("smtp_password_file"), mail.user == nil {
      findings.append(file.finding("smtp_password_file: no effect without smtp_user"))
    }
    if let encryption = line("smtp_tls"), mail.user != nil, mail.encryption != .required,
      !mail.servers.allSatisfy({ $0.hasPrefix("smtps://") }) || mail.servers.isEmpty
    {
      findings.append(
        encryption.finding(
          "smtp_tls: \(mail.encryption.rawValue): the password of smtp_user may be sent to anybody who answers as the server"
        ))
    }
    return findings
  }
}
