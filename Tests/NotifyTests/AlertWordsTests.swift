import Incidents
import Limits
import TestSupport
import Testing
import Text

@testable import Notify

@Suite struct AlertWordsTests {
  @Test(arguments: (MailExamples.all).map(\.0))
  func eachMessageReadsAsRecorded(name: String) throws {
    let examples = MailExamples.all
    let notification = try #require(examples.first { $0.0 == name }).1
    let words = AlertWords(notification, MailExamples.surroundings)
    #expect(words.subject.unicodeScalars.count <= 120)
    #expect(AlertWords.subject(of: notification, MailExamples.surroundings) == words.subject)
    try expectGolden(
      "Subject: \(words.subject)\n\n\(words.text)", "\(fixtures)/mails/\(name).txt")
  }

  @Test func aTimeIsToldOnlyWhereItIsKnown() throws {
    var notification = MailExamples.critical
    notification.lines[0].opened = nil
    notification.lines[0].parts[0].since = nil
    notification.lines[0].parts[0].was = nil
    notification.lines[0].parts[0].lasted = nil
    let text = AlertWords(notification, MailExamples.surroundings).text
    #expect(text.contains("bad since it is watched"))
    #expect(!text.contains("before that"))
    notification.lines[0].step = .closed
    notification.lines[0].level = .ok
    let subject = AlertWords(notification, MailExamples.surroundings).subject
    #expect(subject.hasPrefix("[RESOLVED] web1 memory: "))
  }

  /// Of a failing plugin's words the subject has the first ones.
  @Test(arguments: [
    ("# Timed out", "# Timed out"), ("no config (# Bad exit)", "no config (# Bad exit)"),
    (
      "127.0.0.1:4949: closed the connection while waiting for fetch b: left out of the next 2 polls, asked again at about 12:00:00",
      "closed the connection"
    ),
    (
      String(repeating: "many words ", count: 30),
      "many words many words many words many words many words many…"
    ),
    (String(repeating: "x", count: 300), String(repeating: "x", count: 64) + "…"),
  ])
  func subjectsOfFailingPluginsAreShort(words: String, shown: String) {
    var notification = MailExamples.pluginFails
    notification.lines[0].fault = .fails(words)
    let told = AlertWords(notification, MailExamples.surroundings)
    #expect(told.subject == "[UNKNOWN] db1 postgres_size: plugin fails: \(shown)")
    #expect(told.text.contains(words.prefix(250).trimmingPrefix(" ")))
  }

  @Test func anotherDayIsNamed() {
    var notification = MailExamples.resolved
    notification.lines[0].parts[0].worstAt = MailExamples.at("23:59:59", day: -1)
    let text = AlertWords(notification, MailExamples.surroundings).text
    #expect(text.contains("worst 0.8 MiB at 23:59:59 (2026-11-29)"))
  }

  @Test func hostileTextStaysOneLine() {
    let texts = [
      "x\r\nBcc: eve@example.org", "<script>alert(1)</script>", "👩‍👩‍👧‍👦🔥", "\u{202e}cilbup\u{2066}",
      String(decoding: [0xff, 0xfe, 0x41, 0xc3], as: UTF8.self),
      String(repeating: "lang ", count: 2000), "\u{0}\u{1b}[2J", "",
    ]
    for text in texts { check(text) }
  }

  private func check(_ text: String) {
    for (_, example) in MailExamples.all {
      let words = AlertWords(hostile(example, text), MailExamples.surroundings)
      #expect(words.subject.unicodeScalars.count <= 120)
      #expect(!words.subject.unicodeScalars.contains { isUnprintable($0) })
      #expect(words.text.utf8.count < 10_000 * max(1, words.sections.count))
      // No line is begun by the text itself.
      #expect(!words.text.contains("\nBcc:"))
      #expect(!words.text.unicodeScalars.contains { $0 != "\n" && isUnprintable($0) })
    }
  }

  @Test func moreIncidentsAreCountedInTheSubjectAndListed() {
    var notification = MailExamples.critical
    notification.lines = Array(repeating: notification.lines[0], count: 300)
    let words = AlertWords(notification, MailExamples.surroundings)
    #expect(words.subject == "[CRITICAL] web1 memory: free 0.8 MiB, limit 1 MiB · and 299 more")
    #expect(words.text.hasSuffix("\nand 88 more\n"))
    notification.lines = Array(notification.lines.prefix(12))
    notification.threadCount = 20
    let partly = AlertWords(notification, MailExamples.surroundings)
    #expect(partly.subject.hasSuffix(" · and 11 more (12 of 20)"))
  }

  @Test func aNameWithAQuoteLeavesNoShellWord() {
    var notification = MailExamples.critical
    notification.lines[0].service = "a'; reboot; '"
    let text = AlertWords(notification, MailExamples.surroundings).text
    #expect(text.contains(#"silence 'g;web1:a'\''; reboot; '\''' 2h"#))
  }

  @Test func withoutASiteThereAreNoLinks() {
    var surroundings = MailExamples.surroundings
    surroundings.site = nil
    surroundings.silenceLink = { _, _ in nil }
    let text = AlertWords(MailExamples.critical, surroundings).text
    #expect(!text.contains("Page:"))
    #expect(!text.contains("https:"))
    #expect(text.contains("Silence:  apus-collector alerts silence 'g;web1:memory' 2h"))
  }

  @Test func aNotificationWithoutLinesHasASubject() {
    for kind in Notification.Kind.allCases {
      let words = AlertWords(
        Notification(number: 1, contact: "", kind: kind, at: 0, lines: [], identifier: ""),
        MailExamples.surroundings)
      #expect(words.subject.hasPrefix("["))
    }
  }
}

/// The notification with all that comes from a node replaced.
func hostile(_ notification: Notification, _ text: String) -> Notification {
  var notification = notification
  for index in notification.lines.indices {
    notification.lines[index] = hostile(notification.lines[index], text)
  }
  for index in notification.digest?.items.indices ?? 0..<0 {
    guard var item = notification.digest?.items[index] else { continue }
    (item.groups, item.host) = ([text], text)
    if item.service != nil { item.service = text }
    switch item.fact {
    case .open(let line, let end): item.fact = .open(hostile(line, text), plannedUntil: end)
    case .over(let line, let count): item.fact = .over(hostile(line, text), count: count)
    case .mishap(let kind, let count, let all, _):
      item.fact = .mishap(kind, count: count, of: all, words: text)
    case .nearLimit(let part): item.fact = .nearLimit(hostile(part, text))
    case .unusual(let part, let low, let high, let from, let to):
      item.fact = .unusual(hostile(part, text), low: low, high: high, from: from, to: to)
    case .silence(_, let until, _, _):
      item.fact = .silence(target: text, until: until, who: text, why: text)
    case .restarted, .isNew, .isGone: break
    }
    notification.digest?.items[index] = item
  }
  if notification.alive?.slowest != nil { notification.alive?.slowestNode = text }
  return notification
}

private func hostile(_ line: NotificationLine, _ text: String) -> NotificationLine {
  var line = line
  (line.host, line.title, line.info, line.words) = (text, text, text, text)
  (line.service, line.graph, line.plannedBy, line.toldTo) = (text, text, text, text)
  (line.details, line.members) = ([text, text], [text, text])
  if line.fault != nil { line.fault = .fails(text) }
  if line.acknowledgedBy != nil { line.acknowledgedBy = text }
  line.followers = [NotificationFollower(graph: text, title: text, count: 1)]
  line.parts = line.parts.map { hostile($0, text) }
  return line
}

private func hostile(_ part: NotificationPart, _ text: String) -> NotificationPart {
  var part = part
  (part.label, part.title, part.extinfo, part.info) = (text, text, text, text)
  (part.unit, part.graph, part.details) = (text, text, [text])
  return part
}
