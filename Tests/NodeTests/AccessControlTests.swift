import Node
import Settings
import Testing

struct AccessControlTests {
  private func control(_ lines: String) throws -> AccessControl {
    let parsed = NodeSettings.parse(SettingsFile(name: "munin-node.conf", text: lines))
    #expect(parsed.problems.isEmpty)
    let (control, problems) = AccessControl.compile(parsed.settings.access)
    #expect(problems.isEmpty)
    return control
  }

  @Test(arguments: [
    // No rule: everybody. With rules: who is allowed.
    ("", "192.0.2.1", true),
    ("", "2001:db8::1", true),
    (#"allow ^127\.0\.0\.1$"#, "127.0.0.1", true),
    (#"allow ^127\.0\.0\.1$"#, "127.0.0.11", false),
    (#"allow ^127\.0\.0\.1$"#, "::1", false),
    ("deny ^192", "192.0.2.1", false),
    // Only denying lets nobody in.
    (#"deny ^192\..*"#, "10.0.0.1", false),
    // The pattern has to fit the whole text, also without its own anchors.
    (#"allow 10\.0\.0\.1"#, "10.0.0.1", true),
    (#"allow 10\.0\.0\.1"#, "10.0.0.10", false),
    (#"allow 0\.0\.0\.1"#, "10.0.0.1", false),
    (#"allow 10\..*|192\.0\.2\.1"#, "192.0.2.1", true),
    (#"allow 10\..*|192\.0\.2\.1"#, "192.0.2.10", false),
    (#"allow 10.0.0.1"#, "10a0b0c1", true),
    // Deny goes before allow, whatever the order of the lines.
    ("allow .*\ndeny ^10\\..*$", "10.1.2.3", false),
    ("deny ^10\\..*$\nallow .*", "10.1.2.3", false),
    ("allow .*\ndeny ^10\\..*$", "11.1.2.3", true),
    ("allow .*\ncidr_deny 10.0.0.0/8", "10.255.255.255", false),
    ("cidr_allow 10.0.0.0/8\ndeny ^10\\.1\\..*$", "10.1.0.1", false),
    ("cidr_allow 10.0.0.0/8\ncidr_deny 10.1.0.0/16", "10.1.0.1", false),
    ("cidr_allow 10.0.0.0/8\ncidr_deny 10.1.0.0/16", "10.2.0.1", true),
    // Blocks.
    ("cidr_allow 192.0.2.0/25", "192.0.2.127", true),
    ("cidr_allow 192.0.2.0/25", "192.0.2.128", false),
    ("cidr_allow 192.0.2.7/32", "192.0.2.7", true),
    ("cidr_allow 0.0.0.0/0", "203.0.113.9", true),
    ("cidr_allow 0.0.0.0/0", "2001:db8::1", false),
    ("cidr_allow 2001:db8::/32", "2001:db8:ffff::1", true),
    ("cidr_allow 2001:db8::/32", "2001:db9::1", false),
    ("cidr_allow ::1/128", "::1", true),
    // A peer in IPv6 clothes is the IPv4 peer.
    (#"allow ^192\.0\.2\.1$"#, "::ffff:192.0.2.1", true),
    (#"allow ^192\.0\.2\.1$"#, "::FFFF:192.0.2.1", true),
    ("cidr_allow 192.0.2.0/24", "::ffff:192.0.2.1", true),
    ("allow .*\ncidr_deny 192.0.2.0/24", "::ffff:192.0.2.1", false),
    ("allow .*\ndeny ^192\\..*$", "::ffff:192.0.2.1", false),
    // A zone is no part of the address.
    ("cidr_allow fe80::/10", "fe80::1%eth0", true),
    ("allow .*\ncidr_deny fe80::/10", "fe80::1%eth0", false),
    ("allow ^fe80::1$", "fe80::1%eth0", true),
    ("allow .*\ndeny ^fe80::1$", "fe80::1%eth0", false),
  ])
  func admits(rules: String, peer: String, expected: Bool) throws {
    #expect(try control(rules).admits(peer) == expected)
  }

  /// A pattern without end: it neither lets in nor fails to keep out.
  @Test func aPatternThatGivesUpRefuses() throws {
    let peer = String(repeating: "a", count: 4000) + "!"
    #expect(try control("allow .*").admits(peer))
    #expect(try control("allow .*\ndeny (.*)(.*)(.*)[xy]").admits(peer) == false)
    #expect(try control("allow (.*)(.*)(.*)[xy!]z").admits(peer) == false)
    #expect(try control("allow .*").admits(String(repeating: "a", count: 5000)) == false)
  }

  @Test func textThatIsNoAddressIsKeptOutByBlocks() throws {
    #expect(try control("allow .*\ncidr_deny 10.0.0.0/8").admits("?") == false)
    #expect(try control("cidr_allow 0.0.0.0/0").admits("?") == false)
  }

  @Test func withoutAFileOnlyThisMachineMayAsk() {
    let (control, _) = AccessControl.compile(NodeSettings().access)
    for (peer, expected) in [
      ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
      ("192.0.2.1", false), ("::2", false),
    ] { #expect(control.admits(peer) == expected, "\(peer)") }
  }

  /// Found by fuzzing: the only rule was dropped, and without any rule everybody is welcome.
  @Test func aRuleThatDoesNotCompileOpensNoDoor() {
    for verdict in [AccessRule.Verdict.allow, .deny] {
      let (control, problems) = AccessControl.compile([AccessRule(verdict, .pattern("("))])
      #expect(problems.count == 1)
      #expect(control.admits("192.0.2.1") == false)
    }
  }

  @Test func aPatternThatDoesNotCompileIsToldWithItsLine() {
    let parsed = NodeSettings.parse(
      SettingsFile(name: "node.conf", text: "allow ok\nallow (\ndeny [z-a]\n"))
    let (_, problems) = AccessControl.compile(parsed.settings.access)
    #expect(problems.count == 2)
    #expect(problems.first.map { "\($0)".hasPrefix("node.conf:2: allow: ") } == true)
    #expect(problems.last.map { "\($0)".hasPrefix("node.conf:3: deny: ") } == true)
  }

  @Test func patternsMayAlsoFitTheName() {
    let (control, _) = AccessControl.compile(
      NodeSettings.parse(
        SettingsFile(name: "c", text: "allow ^.*\\.example\\.com$\ndeny ^bad\\.example\\.com$\n")
      ).settings.access)
    #expect(!control.admits("192.0.2.1"))
    #expect(control.admits("192.0.2.1", name: "master.example.com"))
    #expect(!control.admits("192.0.2.1", name: "bad.example.com"))
    #expect(!control.admits("192.0.2.1", name: "master.example.org"))
  }

  /// The log says which line is the reason.
  @Test(arguments: [
    ("allow .*\ndeny ^10\\..*$", "10.1.2.3", "deny ^10\\..*$ matches (munin-node.conf:2)"),
    (
      "allow .*\ncidr_deny 10.0.0.0/8", "10.1.2.3",
      "cidr_deny 10.0.0.0/8 matches (munin-node.conf:2)"
    ),
    ("deny ^192.*", "10.1.2.3", "there is no valid allow or cidr_allow line"),
    (
      "allow ^127\ncidr_allow ::1/128", "127.0.0.1",
      "no allow or cidr_allow line matches (munin-node.conf:1: allow ^127; "
        + "munin-node.conf:2: cidr_allow ::1/128)"
    ),
    (
      "allow a\nallow b\nallow c\nallow d\nallow e", "10.1.2.3",
      "no allow or cidr_allow line matches (munin-node.conf:1: allow a; munin-node.conf:2: allow b; "
        + "munin-node.conf:3: allow c; 2 more)"
    ),
    ("allow .*", "10.1.2.3", nil), ("", "10.1.2.3", nil),
  ])
  func aRefusalNamesItsReason(rules: String, peer: String, reason: String?) throws {
    #expect(try control(rules).refusal(of: peer) == reason)
  }
}
