import EventLoop
import Settings
import TestSupport
import Testing

@testable import TLS

@Suite(.timeLimit(.minutes(1)))
struct HandshakeTests {
  @Test(arguments: [true, false])
  func bothEndsTalk(onlyTLS12: Bool) async throws {
    let (version, there, back) = try await onTestLoop {
      let (server, client) = try await Pair.secured(onlyTLS12: onlyTLS12)
      defer { client.close() }
      try await client.send(Array("cap multigraph\n".utf8))
      let there = try await server.read(15)
      try await server.send(Array("cap multigraph dirtyconfig\n".utf8))
      let back = try await client.read(27)
      return (client.version, there, back)
    }
    #expect(version == (onlyTLS12 ? "TLSv1.2" : "TLSv1.3"))
    #expect(String(decoding: there, as: UTF8.self) == "cap multigraph\n")
    #expect(String(decoding: back, as: UTF8.self) == "cap multigraph dirtyconfig\n")
  }

  /// One side of a handshake: own certificate, authorities, mode.
  struct Side: Sendable, CustomStringConvertible {
    var own: String?
    var ca: String? = "ca.pem"
    var mode = TLSSettings.Mode.enabled
    var verify = false
    var depth = 5
    var match: String?

    var settings: TLSSettings {
      get throws {
        try Certificates.settings(own, ca: ca, mode, verify: verify, depth: depth)
      }
    }

    var description: String { "\(own ?? "nothing") \(mode) \(match ?? "")" }
  }

  private func ends(_ server: Side, _ client: Side, onlyTLS12: Bool) async throws -> (
    server: String?, client: String?
  ) {
    try await onTestLoop {
      let pair = try await Pair()
      defer { pair.close() }
      let ends = try await pair.shakeHands(
        server: server.settings, client: client.settings, serverMatch: server.match,
        clientMatch: client.match, onlyTLS12: onlyTLS12)
      var clientReason = ends.client.reason
      if case .success(let client) = ends.client, ends.server.reason != nil {
        // With TLS 1.3 the client has finished before the server has looked at its certificate.
        do { _ = try await client.read(1) } catch { clientReason = "\(error)" }
      }
      return (ends.server.reason, clientReason)
    }
  }

  @Test(
    arguments: [
      (Side(own: "node.pem"), Side()),
      (Side(own: "node.pem"), Side(ca: nil)),
      (Side(own: "node.pem"), Side(verify: true)),
      (Side(own: "stranger.pem"), Side()),
      (Side(own: "expired.pem"), Side()),
      (Side(own: "node.pem", verify: true), Side()),
      (Side(own: "node.pem", mode: .paranoid), Side(own: "master.pem", mode: .paranoid)),
      // The authority between is in the chain that is sent.
      (Side(own: "chain.pem", mode: .paranoid), Side(own: "chain.pem", mode: .paranoid)),
      (Side(own: "node.pem", mode: .paranoid), Side(own: "chain.pem", depth: 1)),
      (
        Side(own: "node.pem", match: "^Subject Name: /C=NO/O=Apus tests/CN=master\\.example"),
        Side(own: "master.pem", match: "Issuer  Name: .*CN=ca\\.example")
      ),
    ] as [(Side, Side)], [true, false])
  func theseAgree(sides: (Side, Side), onlyTLS12: Bool) async throws {
    let reasons = try await ends(sides.0, sides.1, onlyTLS12: onlyTLS12)
    #expect(reasons.server == nil && reasons.client == nil, "\(reasons)")
  }

  /// What each end says when the client does not like the server.
  @Test(
    arguments: [
      (
        Side(own: "stranger.pem"), Side(verify: true),
        "its certificate '/C=NO/O=Apus tests/CN=stranger.example' was issued by "
          + "'/C=NO/O=Apus tests/CN=other-ca.example', which is not in tls_ca_certificate ",
        "the other side refused: unknown ca, about tls_certificate "
      ),
      (
        Side(own: "node.pem"), Side(ca: nil, verify: true),
        "which is not in tls_ca_certificate /nonexistent/ca.pem",
        "the other side refused: unknown ca"
      ),
      (
        Side(own: "expired.pem"), Side(verify: true),
        "its certificate '/C=NO/O=Apus tests/CN=expired.example' has expired on 20",
        "the other side refused: certificate expired, about tls_certificate "
      ),
      (
        Side(own: "chain.pem"), Side(verify: true, depth: 0),
        "its chain of certificates is longer than tls_verify_depth 0",
        "the other side refused: "
      ),
    ] as [(Side, Side, String, String)], [true, false])
  func aClientSaysWhatToMend(
    story: (Side, Side, String, String), onlyTLS12: Bool
  ) async throws {
    let reasons = try await ends(story.0, story.1, onlyTLS12: onlyTLS12)
    #expect(reasons.client?.contains(story.2) == true, "\(reasons)")
    #expect(reasons.server?.contains(story.3) == true, "\(reasons)")
  }

  /// The same when the server does not like the client.
  @Test(
    arguments: [
      (
        Side(own: "node.pem", mode: .paranoid), Side(own: "stranger.pem"),
        "'/C=NO/O=Apus tests/CN=stranger.example' was issued by '/C=NO/O=Apus tests/CN=other-ca.example'",
        "unknown ca"
      ),
      (
        Side(own: "node.pem", mode: .paranoid), Side(),
        "the other side sent no certificate, and tls paranoid requires one", ""
      ),
      (
        Side(own: "node.pem", verify: true), Side(own: "expired.pem"), "has expired on 20",
        "certificate expired"
      ),
    ] as [(Side, Side, String, String)], [true, false])
  func aServerSaysWhatToMend(
    story: (Side, Side, String, String), onlyTLS12: Bool
  ) async throws {
    let reasons = try await ends(story.0, story.1, onlyTLS12: onlyTLS12)
    #expect(reasons.server?.contains(story.2) == true, "\(reasons)")
    #expect(reasons.client?.contains(story.3) == true, "\(reasons)")
  }

  @Test(
    arguments: [
      (
        "CN=somebody", "master.pem",
        "tls_match 'CN=somebody' matches neither the subject '/C=NO/O=Apus tests/CN=master.example' nor "
          + "the issuer '/C=NO/O=Apus tests/CN=ca.example'"
      ),
      (
        "CN=somebody", nil,
        "the other side sent no certificate to compare with tls_match 'CN=somebody'"
      ),
      ("^(a|b|ab)*(bc|b|C)*X", "master.pem", "tls_match"),
    ] as [(String, String?, String)])
  func namesThatDoNotFitAreTold(match: String, own: String?, words: String) async throws {
    let reasons = try await ends(
      Side(own: "node.pem", match: match), Side(own: own), onlyTLS12: false)
    #expect(reasons.server?.hasPrefix(words) == true, "\(reasons)")
  }

  /// The certificate is good, and nothing but the search that gave up refuses it.
  @Test(arguments: [true, false])
  func aMatchThatGivesUpRefuses(isServer: Bool) async throws {
    func reason(_ match: String) async throws -> String? {
      let checking = Side(
        own: isServer ? "node.pem" : "master.pem", verify: true, match: match)
      let shown = Side(own: isServer ? "master.pem" : "node.pem")
      let reasons = try await ends(
        isServer ? checking : shown, isServer ? shown : checking, onlyTLS12: true)
      return isServer ? reasons.server : reasons.client
    }
    #expect(try await reason("CN=(master|node)") == nil)
    let endless = "(.*)(.*)(.*)(.*)(.*)(.*)[#%]$"
    #expect(
      try await reason(endless)?.hasPrefix("tls_match: pattern '\(endless)': match limit exceeded")
        == true)
  }

  /// Neither side has a key: the server's refusal leaves the connection as it was.
  @Test(arguments: [true, false])
  func withoutKeysPlainTextGoesOn(onlyTLS12: Bool) async throws {
    let (causes, words, heard) = try await onTestLoop {
      let pair = try await Pair()
      defer { pair.close() }
      let ends = try await pair.shakeHands(
        server: Certificates.settings(nil, ca: nil, .auto),
        client: Certificates.settings(nil, ca: nil, .auto), onlyTLS12: onlyTLS12)
      try await pair.server.send(Array("plain\n".utf8))
      let heard = try await pair.client.read(6)
      return ([ends.server.cause, ends.client.cause], ends.server.reason, heard)
    }
    #expect(causes == [.noCertificate, .refusedByPeer])
    #expect(words?.hasPrefix("neither side has a key: no usable tls_private_key") == true)
    #expect(String(decoding: heard, as: UTF8.self) == "plain\n")
  }

  /// What the other side says right behind its refusal is not lost.
  @Test func whatFollowsARefusalIsKept() async throws {
    let leftover = try await onTestLoop {
      let pair = try await Pair()
      defer { pair.close() }
      // A fatal alert, handshake failure.
      let alert: [UInt8] = [0x15, 3, 3, 0, 2, 2, 40]
      try await pair.server.send(alert + Array("cap multigraph\n".utf8))
      do throws(TLSFailure) {
        _ = try await TLSTransport.secure(
          pair.client, as: .client, with: TLSContext(try! Certificates.settings(nil)))
        return [UInt8]()
      } catch { return error.leftover }
    }
    #expect(String(decoding: leftover, as: UTF8.self) == "cap multigraph\n")
  }

  @Test(arguments: [
    "cap multigraph dirtyconfig\n", "GET / HTTP/1.0\r\n\r\n", "list\n", "\0\0\0\0\0\0\0\0\0\0\0",
    "\u{16}\u{3}\u{1}\u{0}\u{4}abcd",
  ])
  func garbageIsNoHandshake(text: String) async throws {
    let failure = try await onTestLoop {
      let pair = try await Pair()
      defer { pair.close() }
      try await pair.client.send(Array(text.utf8))
      pair.client.finishSending()
      do throws(TLSFailure) {
        _ = try await TLSTransport.secure(
          pair.server, as: .server, with: TLSContext(try! Certificates.settings("node.pem")))
        return TLSFailure(.badHandshake, "agreed")
      } catch { return error }
    }
    let isEarlyEnd =
      failure.cause
      == .connection(.failed("the other side closed the connection during the handshake"))
    #expect(
      failure.description.hasPrefix("expected a TLS handshake, found something else")
        || failure.description.hasPrefix("the handshake failed: ") || isEarlyEnd,
      "\(failure)")
    #expect(!failure.leavesPlainText)
  }

  /// A real hello, damaged anywhere, and noise: an error each time, never a trap.
  @Test func damagedHellosAreRefused() async throws {
    let agreed = try await onTestLoop {
      var noise = Noise(11)
      let hello = try await Pair.hello()
      var agreed = 0
      let context = TLSContext(try Certificates.settings("node.pem"))
      for round in 0..<200 {
        let pair = try await Pair()
        defer { pair.close() }
        try await pair.client.send(
          round % 4 == 0
            ? noise.bytes(Int.random(in: 1...600, using: &noise)) : noise.damaged(hello))
        pair.client.finishSending()
        do throws(TLSFailure) {
          _ = try await TLSTransport.secure(pair.server, as: .server, with: context)
          agreed += 1
        } catch { #expect(error.description.utf8.count < 1000) }
      }
      return agreed
    }
    #expect(agreed == 0)
  }

  @Test func anEndInTheMiddleIsTold() async throws {
    let reason = try await onTestLoop {
      let pair = try await Pair()
      defer { pair.close() }
      let hello = try await Pair.hello()
      try await pair.client.send(Array(hello.prefix(40)))
      pair.client.close()
      do throws(TLSFailure) {
        _ = try await TLSTransport.secure(
          pair.server, as: .server, with: TLSContext(try! Certificates.settings("node.pem")))
        return "agreed"
      } catch { return error.description }
    }
    #expect(reason == "the other side closed the connection during the handshake")
  }
}

extension Pair {
  /// The bytes that begin a handshake.
  static func hello() async throws -> [UInt8] {
    let pair = try await Pair()
    let client = pair.client
    let context = TLSContext(try Certificates.settings(nil))
    let greeting = EventLoop.start {
      _ = try? await TLSTransport.secure(client, as: .client, with: context)
    }
    let bytes = try await pair.server.read(100)
    pair.close()
    await greeting.value
    return bytes
  }
}
