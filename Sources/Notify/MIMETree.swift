/// The body of a mail as a tree of parts (RFC 2045, RFC 2046).
indirect enum MIMETree {
  case text(String)
  case html(String)
  /// - Parameter id: what HTML calls it by, without its brackets.
  case png(MailPicture, id: String?)
  /// The parts follow each other.
  case mixed([MIMETree])
  /// The same contents in several forms, the best one last.
  case alternative([MIMETree])
  /// The first part shows the others.
  case related([MIMETree])

  /// Appends the part's headers, an empty line and its contents, all lines ended by CRLF.
  /// - Parameter name: makes the boundaries; letters, digits, `.`, `-` and `_`.
  func append(to message: inout [UInt8], name: String, depth: Int = 0) {
    switch self {
    case .text(let text): append(text, type: "plain", to: &message)
    case .html(let text): append(text, type: "html", to: &message)
    case .png(let picture, let id):
      message += "Content-Type: image/png; name=\"\(picture.name)\"\r\n".utf8
      if let id {
        message += "Content-ID:\(id.utf8.count > 60 ? "\r\n" : "") <\(id)>\r\n".utf8
      }
      message += "Content-Disposition: inline; filename=\"\(picture.name)\"\r\n".utf8
      message += "Content-Transfer-Encoding: base64\r\n\r\n".utf8
      appendBase64(picture.png, to: &message)
    case .mixed(let parts): append(parts, "mixed", to: &message, name, depth)
    case .alternative(let parts): append(parts, "alternative", to: &message, name, depth)
    case .related(let parts): append(parts, "related", to: &message, name, depth)
    }
  }

  private func append(
    _ parts: [MIMETree], _ kind: String, to message: inout [UInt8], _ name: String, _ depth: Int
  ) {
    // "=_" occurs neither in quoted-printable nor in base64, so no content can contain the boundary. None begins with another.
    let boundary = depth == 0 ? "=_\(name)" : "=_\(depth)_\(name)"
    let type = if case .related = self { "; type=\"text/html\"" } else { "" }
    let start = "Content-Type: multipart/\(kind)\(type);"
    let end = " boundary=\"\(boundary)\""
    message += start.utf8
    if start.utf8.count + end.utf8.count > 76 { message += crlf }
    message += "\(end)\r\n\r\n".utf8
    for part in parts {
      message += "--\(boundary)\r\n".utf8
      part.append(to: &message, name: name, depth: depth + 1)
    }
    message += "--\(boundary)--\r\n".utf8
  }

  private func append(_ text: String, type: String, to message: inout [UInt8]) {
    message += "Content-Type: text/\(type); charset=utf-8\r\n".utf8
    message += "Content-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
    appendQuotedPrintable(text, to: &message)
  }
}
