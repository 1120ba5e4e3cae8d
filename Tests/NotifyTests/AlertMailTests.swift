import Foundation
import Incidents
import Limits
import TestSupport
import Testing

@testable import Notify

@Suite struct AlertMailTests {
  private static let from = try! MailAddress("apus@example.com")
  private static let to = try! MailAddress("ada@example.org")
  /// One grey dot.
  static let dot = Array(
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
    )!)

  static func mail(
    _ notification: Incidents.Notification, hasHTML: Bool = true, pictures: Bool = true
  )
    -> OutgoingMail
  {
    let words = AlertWords(notification, MailExamples.surroundings)
    var drawn: [Int: MailPicture] = [:]
    for (index, section) in words.sections.enumerated() where pictures && section.shown != nil {
      drawn[index] = MailPicture(name: "graph-\(index).png", png: dot)
    }
    return OutgoingMail(notification, words, to: to, pictures: drawn, hasHTML: hasHTML)
  }

  static func message(_ mail: OutgoingMail) -> String {
    String(
      decoding: mail.message(from: from, to: to, host: "mon1.example.com", utcOffset: 3600),
      as: UTF8.self)
  }

  /// What nodes may send as a label.
  static let hostileTexts = [
    "x\r\nBcc: eve@example.org", "<script>alert(1)</script>\"'&", "👩‍👩‍👧‍👦🔥", "\u{202e}cilbup\u{2066}",
    String(repeating: "lang ", count: 2000), "\u{0}\u{1b}[2J\u{85}", "=?utf-8?q?=0D=0ABcc:_eve?=",
  ]

  /// All examples, the same with hostile texts, and mails in other forms.
  private static var mails: [(String, OutgoingMail)] {
    var mails = MailExamples.all.map { ($0.0, mail($0.1)) }
    for (index, text) in hostileTexts.enumerated() {
      mails.append(("hostile-\(index)", mail(hostile(MailExamples.several, text))))
    }
    mails.append(("text-only", mail(MailExamples.critical, hasHTML: false, pictures: false)))
    mails.append(("no-picture", mail(MailExamples.critical, pictures: false)))
    var long = MailExamples.critical
    long.identifier = String(repeating: "long-name.", count: 10)
    long.references = (0..<50).map { "\($0).earlier" }
    long.lines = Array(repeating: hostile(MailExamples.followers, "ö<").lines[0], count: 300)
    mails.append(("long", mail(long)))
    return mails
  }

  @Test func aStrictReceiverReadsEveryMail() throws {
    let folder = try TemporaryFolder()
    let mails = Self.mails
    #expect(mails.count >= 40)
    for (name, mail) in mails {
      _ = try folder.write("\(name).eml", Self.message(mail))
      _ = try folder.write("\(name).subject", mail.subject)
      _ = try folder.write("\(name).text", mail.text)
    }
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", "\(fixtures)/parse-mails.py", folder.path]
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    #expect(python.terminationStatus == 0, "\(said)")
    #expect(said.hasPrefix("\(mails.count) mails\n"))
  }

  @Test func theFirstMailHasItsHeaders() throws {
    var notification = MailExamples.critical
    notification.groups = ["dc", "rack b"]
    let lines = Self.message(Self.mail(notification)).components(separatedBy: "\r\n\r\n")[0]
      .components(separatedBy: "\r\n")
    #expect(
      lines == [
        "From: apus@example.com", "To: ada@example.org",
        "Subject: [CRITICAL] web1 memory: free 0.8 MiB, limit 1 MiB",
        "Date: Mon, 30 Nov 2026 14:03:20 +0100", "Message-ID: <412.admin.1@mon1.example.com>",
        "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All",
        "List-Id: <dc.rack-b.apus.mon1.example.com>", "X-Apus-Level: critical",
        "X-Apus-Incident: 412", "X-Apus-Node: g;web1", "X-Apus-Service: memory",
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative; boundary=\"=_412.admin.1\"",
      ])
  }

  @Test func aReplyNamesTheFirstAndTheLastMail() {
    var notification = MailExamples.resolved
    notification.identifier = "412.admin.41"
    notification.references = (1...40).map { "412.admin.\($0)" }
    let message = Self.message(Self.mail(notification))
    #expect(message.contains("\r\nIn-Reply-To: <412.admin.40@mon1.example.com>\r\n"))
    #expect(
      message.contains(
        "\r\nReferences: <412.admin.1@mon1.example.com>\r\n <412.admin.22@mon1.example.com>\r\n"))
    #expect(message.contains(" <412.admin.40@mon1.example.com>\r\nAuto-Submitted"))
  }

  @Test func aMailOfTextAloneHasOnePart() {
    let message = Self.message(
      Self.mail(MailExamples.critical, hasHTML: false, pictures: false))
    #expect(message.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
    #expect(!message.contains("multipart"))
  }

  /// What people ask when a mail comes: each answer is in the text and in the HTML.
  @Test(arguments: [
    ("the state", "CRITICAL"), ("what it is", "free is "), ("where", "web1, memory: Memory usage"),
    ("since when", "since 14:03:10 (2026-11-30)"), ("the value", "is 0.8 MiB"),
    ("the limit", "limit at least 1 MiB"), ("what it was before", "before that OK for 3 d 4 h"),
    ("how it has moved", "1 h ago 412 MiB, 1 d ago 420 MiB; lowest of the last 7 days"),
    ("what the plugin says", "Memory that no program uses."),
    ("the page", "https://munin.example.com/g/web1/memory"),
    (
      "the page with the buttons",
      "https://munin.example.com/alert?i=412&c=admin&x=1764600000&s=c2lnbmF0dXJl"
    ),
    ("the command", "apus-collector alerts silence 'g;web1:memory' 2h --why TEXT"),
    ("how to acknowledge", "alerts ack 412"), ("what comes next", "next message at a change"),
  ])
  func aMailAnswersWhatPeopleAsk(question: String, answer: String) throws {
    let mail = Self.mail(MailExamples.critical)
    let html = try #require(mail.html)
    #expect(mail.text.contains(answer), "\(question)")
    let escaped = answer.replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "'", with: "&#39;")
    #expect(html.contains(escaped), "\(question)")
    if answer.hasPrefix("https:") {
      #expect(html.contains("<a href=\"\(escaped)\""), "\(question)")
    }
    // The picture is a part of the same mail.
    let message = Self.message(mail)
    let picture = try #require(message.firstMatch(of: /Content-ID: <([^>]+)>/)?.1)
    #expect(message.replacingOccurrences(of: "=\r\n", with: "").contains("\"cid:\(picture)\""))
    #expect(html.contains("<img src=\"cid:"))
  }

  /// `HTML_FOLDER=…` writes the pages for a look at them.
  @Test func theHTMLIsAPage() throws {
    for (name, example) in MailExamples.all {
      let mail = Self.mail(example)
      let html = try #require(mail.html)
      #expect(html.hasPrefix("<!doctype html>"))
      let words = AlertWords(example, MailExamples.surroundings)
      #expect(html.contains(">\(words.sections.first?.bar ?? words.banner?.text ?? "")<"))
      if let folder = ProcessInfo.processInfo.environment["HTML_FOLDER"] {
        try html.write(toFile: "\(folder)/\(name).html", atomically: true, encoding: .utf8)
      }
    }
  }
}
