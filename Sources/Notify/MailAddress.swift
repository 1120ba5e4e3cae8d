/// A plain address, as in `ada@example.org`: checked once, so that it can stand in an SMTP command and
/// in a header. Names beside the address, quotes, comments and non-ASCII addresses are not accepted.
public struct MailAddress: Sendable, Hashable, CustomStringConvertible {
  public let description: String
  /// What follows the `@`.
  public let domain: String

  public init(_ text: String) throws(MailError) {
    // The bounds of RFC 5321, section 4.5.3.1.
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard text.utf8.count <= 254, parts.count == 2, Self.isLocalPart(parts[0]),
      Self.isDomain(parts[1])
    else {
      throw MailError(
        "expected an address such as ada@example.org, found '\(oneLine(text, limit: 80))'")
    }
    description = text
    domain = String(Substring(parts[1]))
  }

  private static func isLocalPart(_ part: Substring.UTF8View) -> Bool {
    part.count <= 64
      && areAtoms(part) { $0.isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
  }

  private static func isDomain(_ part: Substring.UTF8View) -> Bool {
    if part.first == UInt8(ascii: "["), part.last == UInt8(ascii: "]") {
      return part.count > 2
        && part.dropFirst().dropLast().allSatisfy { $0.isLetterOrDigit || ".:".utf8.contains($0) }
    }
    return areAtoms(part) { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
  }

  /// Words joined by single dots.
  private static func areAtoms(_ part: Substring.UTF8View, of allowed: (UInt8) -> Bool) -> Bool {
    part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy { !$0.isEmpty && $0.allSatisfy(allowed) }
  }
}

extension UInt8 {
  var isLetterOrDigit: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
