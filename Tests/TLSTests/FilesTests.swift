import EventLoop
import Foundation
import Settings
import TestSupport
import Testing

@testable import TLS

/// What is said of files that are not as they should be.
@Suite(.timeLimit(.minutes(1)))
struct FilesTests {
  private func findings(key: String, certificate: String, ca: String) -> [TLSFinding] {
    var settings = TLSSettings(mode: .enabled, pem: key)
    settings.certificate = certificate
    settings.caCertificate = ca
    return TLSContext(settings).findings
  }

  @Test func goodFilesNeedNoWord() throws {
    for name in ["node.pem", "chain.pem"] {
      let path = try Certificates.path(name)
      let context = TLSContext(try Certificates.settings(name))
      #expect(context.findings == [], "\(path)")
      #expect(context.hasKey)
    }
    var settings = try Certificates.settings("chain-key.pem")
    settings.certificate = try Certificates.path("chain-certs.pem")
    #expect(TLSContext(settings).findings == [] && TLSContext(settings).hasKey)
  }

  @Test func everyFaultIsNamed() throws {
    let folder = try TemporaryFolder()
    let key = try Certificates.path("node.pem")
    let ca = try Certificates.path("ca.pem")
    let words = try folder.write("words.pem", "no key at all\n", mode: 0o600)
    let torn = try folder.write(
      "torn.pem",
      try String(contentsOfFile: Certificates.path("node.crt"), encoding: .utf8)
        + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    let empty = try folder.write("empty.pem", "", mode: 0o600)
    let huge = try folder.write("huge.pem", [UInt8](repeating: 0x20, count: 1_100_000), mode: 0o600)
    let open = try folder.write(
      "open.pem", try String(contentsOfFile: key, encoding: .utf8), mode: 0o644)
    let master = try Certificates.path("master.pem")
    let locked = try Certificates.path("locked.pem")
    let expired = try Certificates.path("expired.pem")
    let stories: [(key: String, certificate: String, ca: String, words: String)] = [
      (
        "/nonexistent/k", key, ca,
        "cannot read tls_private_key /nonexistent/k: No such file or directory"
      ),
      (
        key, "/nonexistent/c", ca,
        "cannot read tls_certificate /nonexistent/c: No such file or directory"
      ),
      (
        key, key, "/nonexistent/a",
        "cannot read tls_ca_certificate /nonexistent/a: No such file or directory"
      ),
      (folder.path, key, ca, "tls_private_key \(folder.path): expected a file in PEM format"),
      (
        "/dev/zero", key, ca, "tls_private_key /dev/zero: expected a file in PEM format, found none"
      ),
      (
        words, key, ca, "tls_private_key \(words): expected a private key in PEM format, found none"
      ),
      (
        empty, key, ca, "tls_private_key \(empty): expected a private key in PEM format, found none"
      ),
      (key, words, ca, "tls_certificate \(words): expected certificates in PEM format, found none"),
      (key, torn, ca, "tls_certificate \(torn): certificate 2 is damaged: "),
      (
        key, key, empty,
        "tls_ca_certificate \(empty): expected certificates in PEM format, found none"
      ),
      (huge, key, ca, "tls_private_key \(huge): expected at most 1 MiB, found 1100000 bytes"),
      (master, key, ca, "tls_private_key \(master) is not the key of tls_certificate \(key): "),
      (
        locked, key, ca,
        "tls_private_key \(locked): the key is encrypted, expected one without a passphrase"
      ),
      (expired, expired, ca, "tls_certificate \(expired) has expired on 20"),
      (open, key, ca, "tls_private_key \(open): every user of this machine may read it"),
    ]
    for story in stories {
      let found = findings(key: story.key, certificate: story.certificate, ca: story.ca)
      #expect(found.count == 1, "\(story.words): \(found)")
      #expect(found.first?.description.hasPrefix(story.words) == true, "\(found)")
    }
  }

  /// The user is named, because it is seldom the one who looks.
  @Test func unreadableFilesNameTheUser() throws {
    let folder = try TemporaryFolder()
    var secret = try folder.write("secret.pem", "x", mode: 0)
    // Root reads everything, but for what the kernel itself forbids.
    if access(secret, R_OK) == 0 { secret = "/proc/sys/vm/compact_memory" }
    let found = findings(
      key: secret, certificate: try Certificates.path("node.pem"),
      ca: try Certificates.path("ca.pem"))
    #expect(
      found.first?.description
        == "cannot read tls_private_key \(secret): Permission denied; make it (and its folders) "
        + "readable for the user \(NSUserName())")
  }

  // MARK: What it means at the start

  @Test func muninsDefaultPlacesMayBeEmpty() {
    let node = NodeSettings().tls
    let master = HostSettings(groups: [], name: "x").tls
    // Where munin is installed, with keys, the places say something.
    let places = [node.privateKey, master.privateKey, node.caCertificate]
    guard !places.contains(where: FileManager.default.fileExists(atPath:)) else { return }
    for mode in [TLSSettings.Mode.disabled, .auto] {
      var settings = node
      settings.mode = mode
      #expect(TLSContext.judge(settings, of: .node) == ([], []))
    }
    var settings = master
    settings.mode = .enabled
    #expect(TLSContext.judge(settings, of: .master) == ([], []))
    settings = node
    settings.mode = .enabled
    let enabled = TLSContext.judge(settings, of: .node)
    #expect(enabled.problems == [] && enabled.warnings.count == 1, "\(enabled)")
    settings.mode = .paranoid
    #expect(TLSContext.judge(settings, of: .node).problems.count == 2)
    settings = master
    settings.mode = .paranoid
    #expect(TLSContext.judge(settings, of: .master).problems.count == 2)
    settings.mode = .enabled
    settings.verifyCertificate = true
    #expect(TLSContext.judge(settings, of: .master).problems.count == 1)
  }

  @Test func badFilesStopOnlyWhoDemandsTLS() throws {
    let folder = try TemporaryFolder()
    let bad = try folder.write("bad.pem", "bad", mode: 0o600)
    for (mode, problems, warnings) in [
      (TLSSettings.Mode.disabled, 0, 2), (.auto, 0, 2), (.enabled, 2, 0), (.paranoid, 2, 0),
    ] {
      var settings = try Certificates.settings(nil, mode)
      settings.privateKey = bad
      settings.certificate = bad
      let found = TLSContext.judge(settings, of: .node)
      #expect(
        found.problems.count == problems && found.warnings.count == warnings, "\(mode) \(found)")
    }
  }

  /// A path that somebody has written means a file.
  @Test func namedFilesAreMissed() throws {
    let auto = TLSContext.judge(try Certificates.settings(nil, ca: nil, .auto), of: .node)
    #expect(auto.problems == [] && auto.warnings.count == 2, "\(auto)")
    let enabled = TLSContext.judge(try Certificates.settings(nil, ca: nil, .enabled), of: .master)
    #expect(enabled.problems.count == 2, "\(enabled)")
  }

  @Test func aMatchAloneIsWarnedOf() throws {
    var settings = try Certificates.settings("node.pem")
    settings.match = PatternSetting(text: "CN=x")
    #expect(TLSContext.judge(settings, of: .node).warnings.count == 1)
    settings.verifyCertificate = true
    #expect(TLSContext.judge(settings, of: .node).warnings == [])
  }

  // MARK: Renewal

  @Test func renewedFilesAreRead() throws {
    let folder = try TemporaryFolder()
    func text(_ name: String) throws -> String {
      try String(contentsOfFile: Certificates.path(name), encoding: .utf8)
    }
    let key = try folder.write("key.pem", text("node.key"), mode: 0o600)
    let certificate = try folder.write("cert.pem", text("node.crt"))
    var settings = TLSSettings(mode: .enabled, pem: key)
    settings.certificate = certificate
    settings.caCertificate = try Certificates.path("ca.pem")
    let keeper = TLSKeeper()
    var notes: [String] = []
    func context() -> TLSContext { keeper.context(for: settings) { notes.append($0) } }
    let first = context()
    #expect(first.hasKey && context() === first)
    // Between the two writes the old pair stays.
    try folder.write("key.pem", text("master.key"), mode: 0o600)
    #expect(context() === first && context() === first)
    #expect(notes.count == 1 && notes[0].contains("is not the key of"), "\(notes)")
    try folder.write("cert.pem", text("master.crt"))
    let second = context()
    #expect(second !== first && second.hasKey && notes.count == 1)
    // Taken away is not broken.
    try folder.remove("key.pem")
    #expect(context().hasKey == false && notes.count == 1)
    // Another match is no other context, other rules are.
    settings.match = PatternSetting(text: "x")
    let third = context()
    settings.match = nil
    #expect(context() === third)
    settings.verifyCertificate = true
    #expect(context() !== third)
  }
}

private func == (
  left: (problems: [String], warnings: [String]), right: (problems: [String], warnings: [String])
) -> Bool { left.problems == right.problems && left.warnings == right.warnings }
