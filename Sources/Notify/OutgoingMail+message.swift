internal import Text

extension OutgoingMail {
  /// The mail as it goes over the wire: headers (RFC 5322) and a MIME body, lines ended by CRLF. Dots
  /// at the start of a line are doubled by libcurl.
  /// - Parameter host: what follows the `@` of a Message-ID: this machine's full name.
  func message(from: MailAddress, to: MailAddress, host: String, utcOffset: Int) -> [UInt8] {
    var message: [UInt8] = []
    func header(_ name: String, _ value: String) { message += "\(name): \(value)\r\n".utf8 }
    header("From", from.description)
    header("To", to.description)
    appendHeader("Subject", subject, to: &message)
    header("Date", CalendarTime(epoch: created, utcOffset: utcOffset).rfc5322)
    header("Message-ID", Self.messageID(id, at: host))
    let answered = answeredIDs
    if let last = answered.last {
      header("In-Reply-To", Self.messageID(last, at: host))
      header(
        "References",
        answered.map { Self.messageID($0, at: host) }.joined(separator: "\r\n "))
    }
    // No automatic replies: RFC 3834, and the same for Microsoft Exchange.
    header("Auto-Submitted", "auto-generated")
    header("X-Auto-Response-Suppress", "All")
    for header in headers { appendHeader(header.name, header.value(at: host), to: &message) }
    header("MIME-Version", "1.0")
    body(host: host).append(to: &message, name: String(Self.atom(id).prefix(40)))
    return message
  }

  /// Earlier mails of the thread: the first one and the last 19 of the others.
  private var answeredIDs: [String] {
    var ids = references
    if let thread, !ids.contains(thread) { ids.insert(thread, at: 0) }
    ids.removeAll { $0 == id }
    return Array(ids.prefix(1) + ids.dropFirst().suffix(19))
  }

  private func body(host: String) -> MIMETree {
    let text = MIMETree.text(self.text)
    guard let html else {
      return pictures.isEmpty ? text : .mixed([text] + pictures.map { .png($0, id: nil) })
    }
    let shown = pictures.enumerated().map { index, picture in
      MIMETree.png(picture, id: "\(Self.pictureID(index, of: id))@\(host)")
    }
    let page = MIMETree.html(Self.named(html, host: host))
    return .alternative([text, shown.isEmpty ? page : .related([page] + shown)])
  }

  /// Stands in ``html`` where the name of this machine belongs, which is known when the mail is sent.
  static let hostMark = "\u{1}host\u{1}"

  /// Puts the name of this machine into a page. By bytes: a page is long, and characters would be looked for with all that may combine.
  private static func named(_ html: String, host: String) -> String {
    let mark = Array(hostMark.utf8)
    var page: [UInt8] = []
    var rest = Array(html.utf8)[...]
    while let start = rest.firstIndex(of: mark[0]) {
      page += rest[..<start]
      if rest[start...].starts(with: mark) {
        page += host.utf8
        rest = rest[(start + mark.count)...]
      } else {
        page.append(mark[0])
        rest = rest[(start + 1)...]
      }
    }
    return String(decoding: page + rest, as: UTF8.self)
  }

  /// The left side of a picture's Content-ID.
  static func pictureID(_ index: Int, of id: String) -> String {
    "p\(index).\(atom(id).prefix(40))"
  }

  private static func messageID(_ id: String, at domain: String) -> String {
    "<\(atom(id))@\(domain)>"
  }

  /// Drops characters that a Message-ID or a boundary may not have; identifiers of `makeID` have none.
  static func atom(_ id: String) -> String {
    let name = String(
      decoding: id.utf8.prefix(64).filter { $0.isLetterOrDigit || ".-_".utf8.contains($0) },
      as: UTF8.self)
    return name.isEmpty ? "none" : name
  }
}
