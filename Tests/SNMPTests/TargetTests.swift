import EventLoop
import Testing

@testable import SNMP

/// munin's words for an agent.
struct TargetTests {
  private let four = try! SocketAddress(host: "192.0.2.1", port: 161)
  private let six = try! SocketAddress(host: "2001:db8::1", port: 1161)

  @Test func nothingSetIsMuninsDefault() throws {
    let target = try SNMPTarget(settings: [:], address: four)
    #expect(target == SNMPTarget(address: four, version: .v2c(community: "public")))
    #expect(target.timeout == .seconds(1))
    #expect(target.retries == 2)
    #expect(target.agent == "192.0.2.1:161")
    #expect(try SNMPTarget(settings: ["community": "", "version": ""], address: four) == target)
  }

  @Test(
    arguments: [
      ("1", .v1(community: "c")), ("2", .v2c(community: "c")), ("2c", .v2c(community: "c")),
      ("v2C", .v2c(community: "c")), ("snmpv1", .v1(community: "c")),
    ] as [(String, SNMPTarget.Version)])
  func versionsAreRead(word: String, version: SNMPTarget.Version) throws {
    let target = try SNMPTarget(
      settings: ["version": word, "community": "c", "timeout": "2.5", "retries": "0"],
      address: six)
    #expect(target.version == version)
    #expect(target.timeout == .milliseconds(2500))
    #expect(target.retries == 0)
    #expect(target.agent == "[2001:db8::1]:1161")
  }

  @Test func aV3UserIsRead() throws {
    let settings = [
      "version": "3", "v3username": "watch", "v3authpassword": "authentic",
      "v3authprotocol": "SHA-256", "v3privpassword": "secretive", "v3privprotocol": "AES-128",
      "v3context": "ups",
    ]
    let target = try SNMPTarget(settings: settings, address: four)
    let user = SNMPUser(
      "watch", authentication: .init(.sha256, passphrase: "authentic"),
      privacy: .init(.aes, passphrase: "secretive"), context: "ups")
    #expect(target.version == .v3(user))
  }

  /// munin's plugins take the passphrase of privacy for both, MD5 and DES unless told otherwise.
  @Test func onePassphraseIsForBoth() throws {
    let target = try SNMPTarget(
      settings: ["version": "3", "v3username": "watch", "v3privpassword": "secretive"],
      address: four)
    let user = SNMPUser(
      "watch", authentication: .init(.md5, passphrase: "secretive"),
      privacy: .init(.des, passphrase: "secretive"))
    #expect(target.version == .v3(user))
    let open = try SNMPTarget(
      settings: ["version": "3", "v3username": "watch"], address: four)
    #expect(open.version == .v3(SNMPUser("watch")))
  }

  @Test(
    arguments: [
      (["version": "4"], "version: expected 1, 2c or 3, found '4'"),
      (["timeout": "often"], "timeout: expected seconds from 0.01 to 60, found 'often'"),
      (["timeout": "0"], "timeout: expected seconds from 0.01 to 60, found '0'"),
      (["timeout": "nan"], "timeout: expected seconds from 0.01 to 60, found 'nan'"),
      (["retries": "-1"], "retries: expected a number from 0 to 10, found '-1'"),
      (["domain": "tcp"], "domain: expected udp or udp6, found 'tcp'"),
      (["domain": "udp6"], "domain: expected udp for the address 192.0.2.1, found 'udp6'"),
      (["version": "3"], "v3username: expected a name, for version 3, found ''"),
      (
        ["version": "3", "v3username": "w", "v3authpassword": "hush"],
        "v3authpassword: expected at least 8 characters, found '4 characters'"
      ),
      (
        [
          "version": "3", "v3username": "w", "v3privpassword": "secretive",
          "v3privprotocol": "3des",
        ],
        "v3privprotocol: expected one of des, aes, aes192, aes256, aes192c, aes256c, found '3des'"
      ),
      (
        [
          "version": "3", "v3username": "w", "v3authpassword": "secretive", "v3authprotocol": "crc",
        ],
        "v3authprotocol: expected one of md5, sha, sha224, sha256, sha384, sha512, found 'crc'"
      ),
    ] as [([String: String], String)])
  func whatCannotBeIsNamed(settings: [String: String], message: String) {
    do throws(SNMPError) {
      _ = try SNMPTarget(settings: settings, address: four)
      Issue.record("taken")
    } catch { #expect(error.description == message) }
  }
}
