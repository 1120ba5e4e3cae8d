internal import Glibc
internal import Notify
internal import Patterns
internal import Settings
internal import Terminal

/// Files, patterns, templates and time zones that munin.conf's lines about contacts and incidents name: what would else be found out
/// when a message is due.
struct AlertSettingsCheck {
  /// Each with file and line.
  private(set) var findings: [String] = []
  /// Those of them about what cannot be used: a reload keeps the old settings.
  private(set) var wrongLines: [WrongLine] = []

  private mutating func add(_ place: String, _ fact: String, isUsed: Bool = false) {
    findings.append("\(place): \(fact)")
    if !isUsed { wrongLines.append(WrongLine(place: place, fact: fact)) }
  }

  init(_ settings: MasterSettings) {
    let mail = settings.mail
    if let path = mail.passwordFile {
      check(secret: path, settings.place(of: "smtp_password_file"))
    }
    if let path = mail.caFile { check(file: path, settings.place(of: "smtp_ca_file")) }
    if let path = mail.sendmail { check(program: path, settings.place(of: "sendmail")) }
    for zone in settings.lines(of: "timezone") { check(zone: zone, "timezone") }
    for contact in settings.contacts { check(contact, in: settings) }
  }

  private mutating func check(_ contact: Contact, in settings: MasterSettings) {
    let key = "contact.\(contact.name)."
    func place(_ word: String) -> String { settings.place(of: key + word) }
    if let zone = contact.timezone { check(zone: zone, key + "timezone") }
    for pattern in contact.ignore {
      check(pattern, key + "ignore")
    }
    if let file = contact.ignoreFile { check(patternsOf: file.text, place("ignore_file")) }
    if let path = contact.webhook.secretFile {
      check(secret: path, place("webhook_secret_file"))
      if !WebhookRoute.canSign {
        add(place("webhook_secret_file"), "built without TLS: nothing is posted")
      }
    }
    if let text = contact.webhook.text {
      check(
        template: text, place("webhook_text"),
        for: WebhookRoute.purpose(of: contact.webhook.type))
    }
    for header in contact.webhook.headers {
      check(template: header.value, "\(place("webhook_header")): \(header.name)")
    }
  }

  @discardableResult
  private mutating func check(file path: String, _ place: String) -> [UInt8]? {
    switch Terminal.readRegular(path) {
    case .success(let bytes): return bytes
    case .failure(let failure):
      add(place, "\(failure)")
      return nil
    }
  }

  /// A file that holds one secret.
  private mutating func check(secret path: String, _ place: String) {
    guard let bytes = check(file: path, place) else { return }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IROTH != 0 {
      add(place, "\(path): readable for others: expected chmod o= \(path)", isUsed: true)
    }
    // An editor ends the line.
    let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
    if text.isEmpty || text.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      add(place, "\(path): expected one line of text")
    }
  }

  private mutating func check(program path: String, _ place: String) {
    if access(path, X_OK) != 0 {
      add(place, "\(FileFailure(path: path, code: errno))")
    }
  }

  private mutating func check(zone: PlacedText, _ word: String) {
    do throws(TimeZoneProblem) { _ = try TimeZones.zone(zone.text) } catch {
      let finding = zone.place.finding("\(word): \(error)")
      add("\(finding.file):\(finding.line)", finding.message)
    }
  }

  private mutating func check(_ pattern: PatternSetting, _ word: String) {
    do throws(PatternError) { _ = try Pattern(pattern.text) } catch {
      let finding = pattern.finding("\(word): \(error)")
      add("\(finding.file):\(finding.line)", finding.message)
    }
  }

  /// A file with a pattern in each line.
  private mutating func check(patternsOf path: String, _ place: String) {
    guard let bytes = check(file: path, place) else { return }
    for pattern in IgnoredLines.patterns(in: bytes, of: path) { check(pattern, "pattern") }
  }

  private mutating func check(
    template text: String, _ place: String, for purpose: MuninTemplate.Purpose = .message
  ) {
    for problem in MuninTemplate.problems(in: text, for: purpose) {
      // It is sent as it stands.
      add(place, "\(problem)", isUsed: true)
    }
  }
}
