internal import Text

/// Lets one contact look at one incident, acknowledge it and silence what it is about: the words behind the question mark of an address in a
/// message.
///
/// `i=412&c=admin&x=1764600000&s=…`: the incident, the contact, the expiry in seconds since 1970, and the signature of these three.
public struct AlertLink: Sendable, Hashable {
  public let incident: Int
  public let contact: String
  /// In seconds since 1970: a week after the message. While the incident is open, and for a week after its end, the link works longer.
  public let expiry: Int

  /// How long a link works after its message, and after the end of the incident.
  public static let lifetime = 7 * 86_400
  private static let mostContactBytes = 200

  /// - Parameter made: the time of the message.
  public init(incident: Int, contact: String, made: Int) {
    self.init(incident: incident, contact: contact, expiry: made + AlertLink.lifetime)
  }

  private init(incident: Int, contact: String, expiry: Int) {
    self.incident = incident
    self.contact = contact
    self.expiry = expiry
  }

  /// Reads the fields of a request.
  /// - Returns: `nil` where one is missing or no number, and where the signature is not that of the key.
  public init?(_ field: (String) -> String?, signedBy key: LinkKey) {
    guard let incident = field("i").flatMap(Self.number), let contact = field("c"),
      (1...Self.mostContactBytes).contains(contact.utf8.count),
      let expiry = field("x").flatMap(Self.number), let signature = field("s")
    else { return nil }
    self.init(incident: incident, contact: contact, expiry: expiry)
    guard key.accepts(signature, of: signedText) else { return nil }
  }

  /// Digits only, and no zero in front, so that each link has one form.
  private static func number(_ text: String) -> Int? {
    guard (1...18).contains(text.utf8.count), !text.hasPrefix("0"),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(text)
  }

  /// The number cannot be mistaken for a part of the name, which comes last.
  private var signedText: String { "alert \(incident) \(expiry) \(contact)" }

  /// The fields in their order; `nil` where nothing can be signed.
  public func fields(signedBy key: LinkKey) -> [(name: String, value: String)]? {
    key.signature(of: signedText).map { signature in
      [("i", "\(incident)"), ("c", contact), ("x", "\(expiry)"), ("s", signature)]
    }
  }

  /// What stands behind the question mark.
  public func query(signedBy key: LinkKey) -> String? {
    fields(signedBy: key)?.map { "\($0.name)=\(PagePath.encoded($0.value))" }
      .joined(separator: "&")
  }
}

/// Makes the addresses of the page about an incident.
public struct AlertLinks: Sendable {
  /// The public address of the pages, without a slash at its end.
  public let site: String
  public let key: LinkKey

  public init(site: String, key: LinkKey) {
    self.site = site
    self.key = key
  }

  /// The name of the page.
  public static let page = "alert"

  /// - Parameter made: the time of the message that has the link.
  func address(of incident: Int, for contact: String, made: Int) -> String? {
    AlertLink(incident: incident, contact: contact, made: made).query(signedBy: key)
      .map { "\(site)/\(Self.page)?\($0)" }
  }
}
