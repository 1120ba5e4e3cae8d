internal import Text

extension OutgoingMail {
  /// The mail as it goes over the wire: headers (RFC 5322) and a MIME body, lines ended by CRLF. Dots
  /// at the start of a line are doubled by libcurl.
  func message(from: MailAddress, to: MailAddress, utcOffset: Int) -> [UInt8] {
    var message: [UInt8] = []
    func header(_ name: String, _ value: String) { message += "\(name): \(value)\r\n".utf8 }
    header("From", from.description)
    header("To", to.description)
    appendHeader("Subject", subject, to: &message)
    header("Date", CalendarTime(epoch: created, utcOffset: utcOffset).rfc5322)
    header("Message-ID", Self.messageID(id, at: from.domain))
    if let thread, thread != id {
      header("In-Reply-To", Self.messageID(thread, at: from.domain))
      header("References", Self.messageID(thread, at: from.domain))
    }
    // No automatic replies: RFC 3834, and the same for Microsoft Exchange.
    header("Auto-Submitted", "auto-generated")
    header("X-Auto-Response-Suppress", "All")
    header("MIME-Version", "1.0")
    if pictures.isEmpty {
      appendText(to: &message)
    } else {
      appendParts(to: &message)
    }
    return message
  }

  private func appendParts(to message: inout [UInt8]) {
    // "=_" occurs neither in quoted-printable nor in base64, so no content can contain the boundary.
    let boundary = "=_\(Self.atom(id))"
    message += "Content-Type: multipart/mixed; boundary=\"\(boundary)\"\r\n\r\n".utf8
    message += "--\(boundary)\r\n".utf8
    appendText(to: &message)
    for picture in pictures {
      message +=
        """
        --\(boundary)\r
        Content-Type: image/png; name="\(picture.name)"\r
        Content-Disposition: inline; filename="\(picture.name)"\r
        Content-Transfer-Encoding: base64\r
        \r

        """.utf8
      appendBase64(picture.png, to: &message)
    }
    message += "--\(boundary)--\r\n".utf8
  }

  private func appendText(to message: inout [UInt8]) {
    message += "Content-Type: text/plain; charset=utf-8\r\n".utf8
    message += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
    appendQuotedPrintable(text, to: &message)
  }

  private static func messageID(_ id: String, at domain: String) -> String {
    "<\(atom(id))@\(domain)>"
  }

  /// Drops characters that a Message-ID or a boundary may not have; identifiers of `makeID` have none.
  private static func atom(_ id: String) -> String {
    String(
      decoding: id.utf8.prefix(64).filter { $0.isLetterOrDigit || ".-_".utf8.contains($0) },
      as: UTF8.self)
  }
}
