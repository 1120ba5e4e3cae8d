internal import Notify
internal import Settings
internal import Terminal

/// Looks at everything about mails that would otherwise only fail when the first alert has to go out.
extension Configuration {
  mutating func checkMail() {
    for contact in settings.contacts {
      if let email = contact.email {
        do throws(MailError) { _ = try MailAddress(email) } catch {
          problems.append("\(settings.place(of: "contact.\(contact.name).email")): \(error)")
        }
      }
      checkTemplates(of: contact)
    }
    guard settings.contacts.contains(where: { $0.email != nil }) else { return }
    guard let identity = mailIdentity() else { return }
    var routes = MailRoutes(servers: mailServers(), identity: identity)
    routes.login = login()
    routes.certificates = settings.mail.caFile
    routes.sendmail = settings.mail.sendmail
    mails = routes
  }

  private mutating func checkTemplates(of contact: Contact) {
    for (word, text, purpose) in [
      ("command", contact.command, MuninTemplate.Purpose.command),
      ("text", contact.text, .message),
    ] {
      guard let text else { continue }
      // munin starts with any text, so a wrong one keeps nothing from starting.
      let place = settings.place(of: "contact.\(contact.name).\(word)")
      let way = purpose == .command ? "run" : "sent"
      do throws(TemplateError) {
        for problem in try MuninTemplate(text, for: purpose).problems {
          warnings.append("\(place): \(problem): \(way) as it is written")
        }
      } catch {
        let consequence =
          purpose == .command ? "run as it is written" : "the built-in text is sent in its place"
        warnings.append("\(place): \(error): \(consequence)")
        wrongLines.append(WrongLine(place: place, fact: "\(error)"))
      }
    }
  }

  /// Without `smtp_server` the server of this machine, unless there is a program to hand mails to.
  private mutating func mailServers() -> [MailServer] {
    var urls = settings.mail.servers
    if urls.isEmpty, settings.mail.sendmail == nil { urls = ["smtp://127.0.0.1:25"] }
    let security: MailServer.Security =
      switch settings.mail.encryption {
      case .auto: .whenOffered
      case .required: .required
      case .off: .none
      }
    var servers: [MailServer] = []
    for url in urls {
      do throws(MailError) { servers.append(try MailServer(url, startTLS: security)) } catch {
        problems.append("\(settings.place(of: "smtp_server")): \(error)")
      }
    }
    return servers
  }

  private mutating func mailIdentity() -> MailIdentity? {
    let host = settings.mail.hello ?? Configuration.fullHostName
    var addresses: [MailAddress] = []
    for (word, text) in [
      ("smtp_from", settings.mail.from ?? "apus@\(host)"),
      ("smtp_envelope_from", settings.mail.envelopeFrom ?? settings.mail.from ?? "apus@\(host)"),
    ] {
      do throws(MailError) { addresses.append(try MailAddress(text)) } catch {
        let isSet = word == "smtp_from" ? settings.mail.from : settings.mail.envelopeFrom
        if isSet != nil {
          problems.append("\(settings.place(of: word)): \(error)")
        } else if word == "smtp_from" {
          problems.append(
            "smtp_from: not set, and this machine's name gives no address: \(error)")
        }
      }
    }
    guard addresses.count == 2 else { return nil }
    return MailIdentity(from: addresses[0], envelope: addresses[1], hostName: host)
  }

  /// What is wrong with the file is told by ``AlertSettingsCheck``; without a password nothing is sent as one.
  private func login() -> MailLogin? {
    guard let user = settings.mail.user, let path = settings.mail.passwordFile,
      case .success(let bytes) = Terminal.readRegular(path)
    else { return nil }
    let password = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 && $0 != 0 }, as: UTF8.self)
    return password.isEmpty ? nil : MailLogin(user: user, password: password)
  }

  /// The machine's own name, with its domain where that is known.
  static var fullHostName: String {
    func text(_ path: String) -> String {
      guard case .success(let bytes) = Terminal.read(path) else { return "" }
      return String(decoding: bytes.prefix(1 << 20), as: UTF8.self)
    }
    return FullHostName.find(
      hostName, hosts: text("/etc/hosts"), resolver: text("/etc/resolv.conf"))
  }
}
