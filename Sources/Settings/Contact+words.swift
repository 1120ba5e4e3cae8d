internal import MuninWire
internal import Text

/// Whom an incident is told to when a contact does not answer in time.
public struct Escalation: Sendable, Hashable {
  public var seconds: Int
  public var contact: String

  public init(seconds: Int, contact: String) {
    self.seconds = seconds
    self.contact = contact
  }
}

extension Contact {
  /// Sets what `contact.NAME.word` says.
  mutating func apply(_ word: String, _ directive: Directive) throws(SettingFinding) {
    switch word {
    case "command": command = directive.value
    case "text": text = directive.value
    case "email": email = try directive.mailAddress()
    case "always_send": alwaysSend = directive.knownSeverities
    case "max_messages": maxMessages = try directive.whole(in: 0...1_000_000)
    case "mail_format": mailFormat = try directive.choice(MailFormat.self)
    case "tell": tell = try directive.toldSteps()
    case "quiet": quiet = try directive.spans()
    case "rate_limit": rateLimit = try directive.countInTimeOrNo()
    case "escalate": escalation = try directive.escalation()
    case "timezone": timezone = try directive.zone()
    case "digest": digest = try directive.digestTime()
    // munin.conf keeps the last of two equal lines; what one does not want to be told of becomes a list.
    case "ignore": ignore.append(directive.pattern)
    case "ignore_file": ignoreFile = directive.placed
    case "webhook": webhook.address = try directive.webAddress()
    case "webhook_text": webhook.text = directive.value
    case "webhook_type": webhook.type = try directive.mediaType()
    case "webhook_header": webhook.headers = try directive.webhookHeaders()
    case "webhook_secret_file": webhook.secretFile = try directive.absolutePath()
    case "syslog": syslog = try directive.facility()
    default: preconditionFailure("not a contact's word: \(word)")
    }
  }
}

extension Directive {
  /// One plain address: no display name, no list, no comment.
  func mailAddress() throws(SettingFinding) -> String {
    let parts = value.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    let forbidden = " \t<>,;:()[]\"\\".utf8
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), value.utf8.count <= 254,
      !value.utf8.contains(where: forbidden.contains)
    else { throw expected("a mail address") }
    return value
  }

  /// The levels of a list in which other words may stand.
  var knownSeverities: Set<Contact.Severity> {
    Set(listWords.compactMap { Contact.Severity(rawValue: $0.lowercased()) })
  }

  /// `warning, critical`
  func severities() throws(SettingFinding) -> Set<Contact.Severity> {
    var severities: Set<Contact.Severity> = []
    for word in listWords {
      guard let severity = Contact.Severity(rawValue: word.lowercased()) else {
        throw expected("a list of ok, warning, critical, unknown")
      }
      severities.insert(severity)
    }
    return severities
  }

  /// `critical ok`; empty for `none`.
  func toldSteps() throws(SettingFinding) -> Set<Contact.ToldStep> {
    let words = listWords.map { $0.lowercased() }
    if words == ["none"] { return [] }
    var steps: Set<Contact.ToldStep> = []
    for word in words {
      guard let step = Contact.ToldStep(rawValue: word) else {
        throw expected("a list of critical, warning, unknown, ok, eased, or none")
      }
      steps.insert(step)
    }
    return steps
  }

  /// `30m boss`
  func escalation() throws(SettingFinding) -> Escalation {
    let words = value.words()
    guard words.count == 2, let seconds = parseTimeSpan(words[0].utf8.span),
      seconds <= 366 * 86_400, Contact.isName(words[1])
    else { throw expected("a time and a contact such as '30m boss'") }
    return Escalation(seconds: seconds, contact: words[1])
  }

  /// Spans of time, as the calendar of their zone gives them.
  func spans() throws(SettingFinding) -> [WeekSpan] {
    do throws(WeekSpanError) {
      return try WeekSpan.list(value)
    } catch {
      throw finding("\(name): \(error)")
    }
  }
}
