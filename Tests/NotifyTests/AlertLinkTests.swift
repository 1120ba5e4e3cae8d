import Incidents
import Ledger
import TestSupport
import Testing

@testable import Notify

/// Links that let a contact acknowledge and silence.
@Suite(.enabled(if: LinkKey.canSign)) struct AlertLinkTests {
  private let key = LinkKey([UInt8](0..<32))
  private let link = AlertLink(incident: 412, contact: "ad min&x=1", made: 1_764_000_000)

  private func fields(_ change: [String: String?] = [:]) -> (String) -> String? {
    var fields: [String: String] = [:]
    for (name, value) in link.fields(signedBy: key) ?? [] { fields[name] = value }
    for (name, value) in change { fields[name] = value }
    return { fields[$0] }
  }

  @Test func aLinkOpensWhatItWasMadeFor() throws {
    #expect(AlertLink(fields(), signedBy: key) == link)
    #expect(link.expiry == 1_764_000_000 + 7 * 86_400)
    let query = try #require(link.query(signedBy: key))
    #expect(
      query.wholeMatch(of: /i=412&c=ad%20min%26x%3D1&x=1764604800&s=[0-9a-f]{32}/) != nil,
      "\(query)")
  }

  @Test(
    arguments: [
      ["i": "413"], ["i": "0412"], ["i": "+412"], ["i": "412 "], ["i": ""], ["i": nil],
      ["i": "999999999999999999999"], ["c": "admin"], ["c": ""], ["c": nil], ["x": "1764604801"],
      ["x": "-1"], ["x": nil], ["s": nil], ["s": ""], ["s": "0"],
      ["s": "00000000000000000000000000000000"], ["c": String(repeating: "a", count: 300)],
    ] as [[String: String?]])
  func whatWasChangedOpensNothing(change: [String: String?]) {
    #expect(AlertLink(fields(change), signedBy: key) == nil)
  }

  @Test func eachDigitOfTheSignatureCounts() throws {
    let signature = try #require(fields()("s"))
    for index in signature.indices {
      var forged = signature
      forged.replaceSubrange(index...index, with: signature[index] == "0" ? "1" : "0")
      #expect(AlertLink(fields(["s": forged]), signedBy: key) == nil)
    }
    #expect(AlertLink(fields(["s": signature.uppercased() + "0"]), signedBy: key) == nil)
    #expect(AlertLink(fields(), signedBy: LinkKey([UInt8](1..<33))) == nil)
  }

  @Test func randomFieldsOpenNothing() {
    var random = Noise(5)
    let letters = Array("0123456789abcdef-+ &=%\u{e9}\n")
    for _ in 0..<20_000 {
      let found = AlertLink(
        { _ in
          String(
            (0..<Int.random(in: 0...33, using: &random)).map { _ in
              letters.randomElement(using: &random)!
            })
        }, signedBy: key)
      #expect(found == nil)
    }
  }

  @Test func theKeyIsMadeOnceAndAtRandom() async throws {
    func link(_ ledger: Ledger) async throws -> String? {
      let key = try await ledger.transaction { transaction throws(LedgerError) in
        try LinkKey.inLedger(transaction)
      }
      return self.link.query(signedBy: key)
    }
    var all: Set<String?> = []
    for _ in 0..<2 {
      let ledger = try Ledger(path: ":memory:")
      try await ledger.migrate(LinkKey.migrations)
      let first = try await link(ledger)
      #expect(try await link(ledger) == first)
      let bytes = try await ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT length(key) FROM link_key").map { $0[0].integer }
      }
      #expect(bytes == [32])
      all.insert(first)
    }
    #expect(all.count == 2)
  }

  @Test func messagesHaveTheLinkUntilTheEnd() async throws {
    var writer = AlertWriter(site: "https://munin.example.com", machine: "mon1", contacts: [:])
    writer.links = AlertLinks(site: "https://munin.example.com", key: key)
    var notification = MailExamples.critical
    let address = try #require(
      writer.links?.address(of: 412, for: "admin", made: notification.at))
    #expect(address.hasPrefix("https://munin.example.com/alert?i=412&c=admin&x="))
    let mail = await writer.mail(notification, to: try MailAddress("a@example.com"))
    #expect(mail.text.contains("Silence:  \(address)   (a button; opening it changes nothing)"))
    #expect(mail.html?.contains(address.replacing("&", with: "&amp;")) == true)
    let surroundings = writer.surroundings(of: notification)
    let json = AlertJSON(notification, AlertWords(notification, surroundings), surroundings)
    #expect(String(decoding: json.bytes, as: UTF8.self).contains("\"silence\":\"\(address)\""))
    let template = try MuninTemplate("${var:silence}")
    let values = AlertVariables(index: 0, graph: nil).values(notification, surroundings)
    #expect(template.expand(in: values) == address)
    notification.lines[0].step = .closed
    let end = AlertWords(notification, writer.surroundings(of: notification)).text
    #expect(!end.contains("/alert?"))
  }

  /// Everybody can read a log.
  @Test func syslogHasNoLink() {
    var surroundings = MailExamples.surroundings
    surroundings.silenceLink = { _, _ in "https://munin.example.com/alert?secret" }
    for line in MailExamples.critical.lines {
      let words = IncidentWords(line, of: MailExamples.critical, surroundings)
      #expect(!words.entry(isTimed: false).contains("alert?"))
    }
  }
}
