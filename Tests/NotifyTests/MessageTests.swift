import Foundation
import TestSupport
import Testing

@testable import Notify

@Suite struct MessageTests {
  private let from = try! MailAddress("apus@example.org")
  private let to = try! MailAddress("ada@example.org")

  private func lines(_ mail: OutgoingMail, utcOffset: Int = 0) -> String {
    let message = String(
      decoding: mail.message(from: from, to: to, host: "mon1.example.net", utcOffset: utcOffset),
      as: UTF8.self)
    // Every line ends in CRLF, and CR and LF stand nowhere else.
    #expect(
      message.utf8.split(separator: 10, omittingEmptySubsequences: false).dropLast()
        .allSatisfy { $0.last == 13 && $0.filter { $0 == 13 }.count == 1 })
    return message.replacing("\r\n", with: "\n")
  }

  @Test func plainMailReadsAsWritten() {
    let mail = OutgoingMail(
      id: "1.first", contact: "ada", route: .address(to), subject: "load on web01 is critical",
      text: "web01 :: Load average\n\tCRITICALs: load is 12.00 (outside range [:10]).\n",
      created: 1_700_000_000)
    #expect(
      lines(mail, utcOffset: 3600) == """
        From: apus@example.org
        To: ada@example.org
        Subject: load on web01 is critical
        Date: Tue, 14 Nov 2023 23:13:20 +0100
        Message-ID: <1.first@mon1.example.net>
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        web01 :: Load average
        \tCRITICALs: load is 12.00 (outside range [:10]).

        """)
  }

  @Test func recoveryWithAPictureAnswersTheFirst() {
    let mail = OutgoingMail(
      id: "2.second", contact: "ada", route: .address(to),
      subject: "Zaunkönig: load ist wieder gut",
      text: "größer = besser \n.\n..\nFrom here",
      pictures: [MailPicture(name: "load day/1.png", png: Array("0123456789".utf8))],
      thread: "1.first", created: 0)
    #expect(
      lines(mail) == """
        From: apus@example.org
        To: ada@example.org
        Subject: =?utf-8?q?Zaunk=C3=B6nig=3A_load_ist_wieder_gut?=
        Date: Thu, 01 Jan 1970 00:00:00 +0000
        Message-ID: <2.second@mon1.example.net>
        In-Reply-To: <1.first@mon1.example.net>
        References: <1.first@mon1.example.net>
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="=_2.second"

        --=_2.second
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        gr=C3=B6=C3=9Fer =3D besser=20
        .
        ..
        From here
        --=_2.second
        Content-Type: image/png; name="load_day_1.png"
        Content-Disposition: inline; filename="load_day_1.png"
        Content-Transfer-Encoding: base64

        MDEyMzQ1Njc4OQ==
        --=_2.second--

        """)
  }

  @Test func theFirstMailOfAThreadAnswersNothing() {
    let mail = OutgoingMail(
      id: "a", contact: "c", route: .address(to), subject: "", text: "", thread: "a", created: 0)
    #expect(!lines(mail).contains("In-Reply-To"))
  }

  @Test(arguments: [
    "x\r\nBcc: eve@example.org", "x\nBcc: eve@example.org", "x\r\n\r\n<script>",
    "\u{2028}Bcc: eve", "\u{202e}cilbup", "=?utf-8?q?=0D=0ABcc:_eve?=",
    "\u{0}\u{1b}[2J\u{7f}\u{85}",
  ])
  func hostileSubjectStaysOneHeader(subject: String) {
    let mail = OutgoingMail(
      id: "x\r\nBcc: eve", contact: "c\r\n", route: .address(to), subject: subject, text: subject,
      pictures: [MailPicture(name: "\"\r\nBcc: eve", png: [])], thread: "y>\r\nBcc: eve", created: 0
    )
    let head = lines(mail).split(separator: "\n\n")[0].split(separator: "\n")
    #expect(
      head.map { $0.prefix { $0 != ":" } } == [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type",
      ])
    #expect(
      !lines(mail).unicodeScalars.contains { $0 != "\n" && ($0.value < 32 || $0.value > 126) })
    #expect(!head[2].dropFirst(9).hasPrefix("=?utf-8?q?=0D"))
  }

  @Test(arguments: [
    (String(repeating: "word ", count: 60), 250), ("ä b", 3),
    (String(repeating: "ä", count: 300), 250),
    (String(repeating: "x", count: 300), 250), ("  a  \t b  ", 3), ("👩‍👩‍👧‍👦 ok", 10), ("", 0),
  ])
  func subjectComesBackWhenDecoded(subject: String, length: Int) throws {
    let mail = OutgoingMail(
      id: "a", contact: "c", route: .address(to), subject: subject, text: "", created: 0)
    #expect(mail.subject.unicodeScalars.count <= length + 1)
    let text = lines(mail)
    let start = try #require(text.range(of: "Subject: ")).upperBound
    let end = try #require(text.range(of: "\nDate: ")).lowerBound
    let header = text[start..<end]
    if !header.contains("xxx") {
      #expect(header.split(separator: "\n").allSatisfy { $0.utf8.count <= 77 })
    }
    #expect(decodeHeader(String(header)) == mail.subject)
  }

  @Test func quotedPrintableComesBackWhenDecoded() {
    var random = Noise(3)
    let alphabet = Array("ab =.\t\nä€😀\u{301}".unicodeScalars)
    for _ in 0..<300 {
      let count = Int.random(in: 0...300, using: &random)
      let text = (0..<count).map { _ in String(alphabet.randomElement(using: &random)!) }.joined()
      var bytes: [UInt8] = []
      appendQuotedPrintable(text, to: &bytes)
      let encoded = String(decoding: bytes, as: UTF8.self)
      let rows = encoded.replacing("\r\n", with: "\n").split(separator: "\n")
      #expect(rows.allSatisfy { $0.utf8.count <= 76 && $0.last != " " && $0.last != "\t" })
      let whole = text.isEmpty || text.unicodeScalars.last == "\n" ? text : text + "\n"
      #expect(decodeQuotedPrintable(encoded) == Array(whole.utf8))
    }
  }

  @Test(arguments: 0..<80) func base64IsAsFoundationSays(count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    var encoded: [UInt8] = []
    appendBase64(bytes, to: &encoded)
    let expected = Data(bytes).base64EncodedString(
      options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
    #expect(String(decoding: encoded, as: UTF8.self) == expected + "\r\n")
  }

  @Test func longTextIsCutAndSaysSo() {
    let mail = OutgoingMail(
      contact: "c", route: .command("cat"), subject: "",
      text: String(repeating: "x", count: 200_000),
      created: 0)
    #expect(mail.text.count == 100_000 + 8)
    #expect(mail.text.hasSuffix("x…\n[cut]\n"))
  }

  @Test func identifiersDiffer() {
    #expect(Set((0..<1000).map { _ in OutgoingMail.makeID(created: 5) }).count == 1000)
  }
}

/// A decoder of our own for the tests, so that the encoder is not judged by itself.
func decodeQuotedPrintable(_ text: String) -> [UInt8] {
  var result: [UInt8] = []
  var rest = Array(text.replacing("=\r\n", with: "").replacing("\r\n", with: "\n").utf8)[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "="), rest.count >= 2 {
      result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)!)
      rest = rest.dropFirst(2)
    } else {
      result.append(byte)
    }
  }
  return result
}

private func decodeHeader(_ text: String) -> String {
  let unfolded = text.replacing("?=\n =?", with: "?==?").replacing("\n ", with: " ")
  guard unfolded.hasPrefix("=?utf-8?q?") else { return unfolded }
  let words = unfolded.components(separatedBy: "=?utf-8?q?").dropFirst()
  let decoded = words.map { word in
    // Each word must be whole characters by itself.
    String(
      validating: decodeQuotedPrintable(String(word.dropLast(2).replacing("_", with: " "))),
      as: UTF8.self)
      ?? "not UTF-8"
  }
  return decoded.joined()
}
