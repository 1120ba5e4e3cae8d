/// One message to one recipient, complete enough to be sent again word for word after a restart.
public struct OutgoingMail: Sendable, Hashable {
  /// Where it goes.
  public enum Route: Sendable, Hashable {
    /// By SMTP.
    case address(MailAddress)
    /// To the standard input of a shell command, all its variables filled in.
    case command(String)
  }

  /// The left side of the Message-ID. It is made once and kept over every attempt, so that a mail that
  /// arrives twice can be seen to be one.
  public let id: String
  /// The contact's name in munin.conf.
  public let contact: String
  public let route: Route
  /// Of a command, what it was made of.
  public var source: CommandSource?
  /// `nil` for one that waits for no other.
  public var place: MessageThread?
  public let subject: String
  public let text: String
  /// The same as HTML; it shows ``pictures``.
  let html: String?
  /// Shown after the text. A command gets only the text.
  public let pictures: [MailPicture]
  /// A picture that is drawn at delivery and shown with the others.
  public let drawing: PictureOrder?
  /// The `id` of the mail that this one continues: the first of its incident.
  public let thread: String?
  /// The `id`s of all earlier mails of the thread, where they are known.
  let references: [String]
  let headers: [MailHeader]
  /// Seconds since 1970: the mail's date.
  public let created: Int

  /// Makes a mail. The subject becomes one line of at most 250 characters, the text is cut at 100 000,
  /// control characters are replaced, and pictures after the eighth are left out.
  public init(
    id: String? = nil, contact: String, route: Route, subject: String, text: String,
    pictures: [MailPicture] = [], drawing: PictureOrder? = nil, thread: String? = nil, created: Int
  ) {
    self.init(
      id: id, contact: contact, route: route, subject: subject, text: text, html: nil,
      pictures: pictures, drawing: drawing, thread: thread, references: [], headers: [],
      created: created)
  }

  init(
    id: String? = nil, contact: String, route: Route, subject: String, text: String, html: String?,
    pictures: [MailPicture] = [], drawing: PictureOrder? = nil, thread: String? = nil,
    references: [String], headers: [MailHeader], created: Int
  ) {
    self.id = id ?? Self.makeID(created: created)
    self.contact = contact
    self.route = route
    self.subject = oneLine(subject, limit: 250)
    self.text = cleanBody(text, limit: 100_000)
    self.pictures = Array(pictures.prefix(8))
    self.html = html
    self.drawing = drawing
    self.thread = thread
    self.references = references
    self.headers = headers
    self.created = created
  }

  /// The same mail with a picture more.
  func showing(_ picture: MailPicture) -> OutgoingMail {
    OutgoingMail(
      id: id, contact: contact, route: route, subject: subject, text: text, html: html,
      pictures: pictures + [picture], thread: thread, references: references, headers: headers,
      created: created)
  }

  /// An identifier that no other mail has: the time and 128 random bits.
  public static func makeID(created: Int) -> String {
    let random = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }
    return "\(created).\(random.joined())"
  }
}

/// A PNG picture inside a mail.
public struct MailPicture: Sendable, Hashable {
  /// The file name that the reader sees.
  public let name: String
  public let png: [UInt8]

  /// - Parameter name: characters that a file name should not have become `_`.
  public init(name: String, png: [UInt8]) {
    let safe = name.utf8.prefix(80).map {
      $0.isLetterOrDigit || "._-".utf8.contains($0) ? $0 : UInt8(ascii: "_")
    }
    self.name = String(decoding: safe, as: UTF8.self)
    self.png = png
  }
}
