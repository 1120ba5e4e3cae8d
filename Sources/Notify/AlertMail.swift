internal import Incidents
internal import Limits

extension OutgoingMail {
  /// The mail about a notification, as it is made when it is delivered.
  /// - Parameters:
  ///   - pictures: the pictures of sections, by their position.
  ///   - hasHTML: `mail_format`: text and HTML, or text alone.
  init(
    _ notification: Notification, _ words: AlertWords, to address: MailAddress,
    pictures: [Int: MailPicture], hasHTML: Bool
  ) {
    let shown = pictures.sorted { $0.key < $1.key }.prefix(8)
    var ids: [Int: String] = [:]
    for (index, picture) in shown.enumerated() {
      ids[picture.key] =
        "\(Self.pictureID(index, of: notification.identifier))@\(Self.hostMark)"
    }
    self.init(
      id: notification.identifier, contact: notification.contact, route: .address(address),
      subject: words.subject, text: words.text,
      html: hasHTML ? MailHTML(words, pictures: ids).text : nil,
      pictures: shown.map(\.value), references: notification.references,
      headers: Self.headers(of: notification), created: notification.at)
  }

  /// What programs sort by.
  private static func headers(of notification: Notification) -> [MailHeader] {
    let lines = notification.lines
    var headers = [MailHeader.list(of: notification.groups)]
    if notification.kind.isRegular {
      headers.append(MailHeader("X-Apus-Kind", notification.kind.word))
    }
    guard !lines.isEmpty else { return headers }
    func add(_ name: String, _ values: [String]) {
      var seen: [String] = []
      for value in values where !value.isEmpty && !seen.contains(value) && seen.count < 8 {
        seen.append(value)
      }
      if !seen.isEmpty { headers.append(MailHeader(name, seen.joined(separator: ", "))) }
    }
    add("X-Apus-Level", [(lines.map(\.level).max() ?? .ok).rawValue])
    add("X-Apus-Incident", lines.map { "\($0.incident)" })
    add(
      "X-Apus-Node",
      lines.map { $0.host.isEmpty ? "" : ($0.groups + [$0.name ?? $0.host]).joined(separator: ";") }
    )
    add("X-Apus-Service", lines.compactMap(\.service))
    return headers
  }
}
