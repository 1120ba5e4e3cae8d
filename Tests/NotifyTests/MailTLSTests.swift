import Foundation
import TestSupport
import Testing

@testable import Notify

/// Mail servers that speak TLS, well or not.
@Suite struct MailTLSTests {
  private let folder: TemporaryFolder
  private let to = try! MailAddress("ada@example.org")

  init() throws {
    folder = try TemporaryFolder()
    for (name, host) in [("right", "IP:127.0.0.1"), ("named", "DNS:mx.example.com")] {
      try makeCertificate("\(folder.path)/\(name)", for: host)
    }
  }

  private func server(_ mode: String, _ name: String = "right") throws -> (RunningProgram, Int) {
    let server = try RunningProgram(
      "/usr/bin/env",
      [
        "python3", "\(fixtures)/tls-smtp.py", "\(folder.path)/\(name).pem",
        "\(folder.path)/\(name).key", mode,
      ])
    #expect(server.waitUntilItSays("\n"))
    return (server, Int(server.said.prefix { $0 != "\n" }) ?? 0)
  }

  private func delivery(
    _ url: String, _ security: MailServer.Security = .required, ca: String? = "right",
    login: MailLogin? = nil
  ) throws -> SMTPDelivery {
    SMTPDelivery(
      server: try MailServer(url, startTLS: security),
      identity: MailIdentity(from: try MailAddress("apus@example.org"), hostName: "h.example.org"),
      login: login, certificates: ca.map { "\(folder.path)/\($0).pem" }, timeout: .seconds(2))
  }

  private func mail() -> OutgoingMail {
    OutgoingMail(contact: "ada", route: .address(to), subject: "s", text: "t\n", created: 0)
  }

  @Test func aMailAndAPasswordGoByVerifiedTLS() async throws {
    let (server, port) = try server("takes")
    let smtp = try delivery(
      "smtp://127.0.0.1:\(port)", login: MailLogin(user: "apus", password: "se cret"))
    let receipt = try await smtp.deliver(mail(), to: to)
    #expect(receipt.words == "smtp://127.0.0.1:\(port): 250 taken")
    #expect(receipt.protection == "TLS 1.3, verified")
    // The next mail goes over the same connection.
    #expect(try await smtp.deliver(mail(), to: to).protection == "TLS 1.3, verified")
    #expect(server.waitUntilItSays("MAIL TLS\n"))
    let login = Data("\0apus\0se cret".utf8).base64EncodedString()
    #expect(server.said.contains("AUTH \(login)\n"))
  }

  @Test func implicitTLSIsVerifiedToo() async throws {
    let (server, port) = try server("implicit")
    let receipt = try await delivery("smtps://127.0.0.1:\(port)").deliver(mail(), to: to)
    #expect(receipt.protection == "TLS 1.3, verified")
    #expect(server.waitUntilItSays("MAIL TLS\n"))
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await delivery("smtps://127.0.0.1:\(port)", ca: "named").deliver(mail(), to: to)
    }
    #expect(failure?.description.contains("certificate") == true, "\(String(describing: failure))")
  }

  @Test(
    arguments: [
      ("takes", "right", "named", "certificate"), ("takes", "named", "named", "certificate"),
      ("takes", "right", nil, "certificate"),
      ("stalls", "right", "right", "no answer within 2 s"), ("drops", "right", "right", ""),
    ] as [(String, String, String?, String)])
  func aServerThatCannotBeTrustedGetsNoMail(
    mode: String, certificate: String, ca: String?, words: String
  ) async throws {
    let (server, port) = try server(mode, certificate)
    let smtp = try delivery(
      "smtp://127.0.0.1:\(port)", ca: ca, login: MailLogin(user: "apus", password: "secret"))
    let failure = await #expect(throws: DeliveryFailure.self) {
      try await smtp.deliver(mail(), to: to)
    }
    #expect(failure?.scope == .server && failure?.isPermanent == false)
    #expect(
      failure?.description.contains("opening of the session: ") == true
        && (words.isEmpty || failure?.description.contains(words) == true),
      "\(String(describing: failure))")
    #expect(!server.said.contains("MAIL") && !server.said.contains("AUTH"))
  }

  @Test func whatIsOnlyOfferedNeedsNoRightCertificate() async throws {
    let (server, port) = try server("takes", "named")
    let open = try await delivery("smtp://127.0.0.1:\(port)", .whenOffered, ca: nil)
      .deliver(mail(), to: to)
    #expect(open.protection == "TLS 1.3, certificate not checked")
    #expect(server.waitUntilItSays("MAIL TLS\n"))
    let plain = try await delivery("smtp://127.0.0.1:\(port)", .none, ca: nil)
      .deliver(mail(), to: to)
    #expect(plain.protection == "no TLS")
    #expect(server.waitUntilItSays("MAIL plain\n"))
  }
}
