import PluginKit
import Testing

struct EnvSettingTests {
  @Test(arguments: [
    (SettingKind.range, "1 1:2 :2 1: -1.5:2e3", "x 1:x ~:3 92% 1:2:3"),
    (.rangeOrShare, "1 10%: 5%:90% 5:90% :80%", "% %: 1%% x% 5%5:"),
    (.number(0.5...2), "0.5 2 1e0", "0.4 3 x nan inf 1:2"),
    (.number(0...(.infinity)), "0 1e300", "-1"),
    (.whole(1...10), "1 10", "0 11 1.5 x"),
    (.flag, "yes No TRUE off 1 0", "2 y maybe"),
    (.choice(["a", "b"]), "a b", "A c ab"),
    (.list(of: ["a", "b"]), "a a,b", "a,c c"),
    (.list(), "a a,b", ""),
    (.pattern, "a|b ^/run", "( a{2,1}"),
    (.path, "/ /a/b", "a ./b"),
    (.address, "web01 web01.example.com 192.0.2.1 2001:db8::1 fe80::1%eth0", "a/b a\u{A0}b"),
    (.secret(atLeast: 3), "abc", "ab"),
    (.form("an x") { $0 == "x" }, "x", "y"),
  ])
  func eachKindKnowsItsValues(kind: SettingKind, good: String, bad: String) {
    for value in good.split(separator: " ") { #expect(kind.accepts("\(value)"), "\(value)") }
    for value in bad.split(separator: " ") { #expect(!kind.accepts("\(value)"), "\(value)") }
    #expect(kind.accepts(""))
    #expect(!kind.expectation.isEmpty)
  }

  @Test func wordsWithBlanksAreWordsOfTheirOwn() {
    #expect(SettingKind.list(of: ["a", "b"]).accepts("a  b,a"))
    #expect(SettingKind.patterns.accepts("^/run ^/sys|x"))
    #expect(!SettingKind.patterns.accepts("^/run ("))
  }

  private let manual = Manual(
    "x", details: "x",
    settings: [
      .init("speed", as: .whole(1...10), default: "1", "x") { $0 == "7" ? "7 is not built" : nil },
      .thresholds, .init("regex_NAME", as: .pattern, default: "none", "x"),
    ],
    fields: [("a, b", "x"), ("graph_one c, d", "x"), ("DEVICE_io", "x")], example: "[x]")

  @Test(arguments: [
    ("speed", "2", SettingVerdict.fine),
    ("speed", "11", .malformed(expected: "a whole number from 1 to 10")),
    ("speed", "7", .implausible(reason: "7 is not built")),
    ("sped", "2", .unknown(nearest: "speed")),
    ("a_warning", "2", .fine), ("b_critical", "2", .fine), ("c_warning", "2", .fine),
    ("d_warning", "2", .fine), ("e_critical", "2", .unknown(nearest: "a_critical")),
    ("sda_io_warning", "2", .fine), ("_io_warning", "2", .unknown(nearest: "a_warning")),
    ("sda_io_warnin", "2", .unknown(nearest: "sda_io_warning")),
    ("regex_x", "a", .fine), ("regx_x", "a", .unknown(nearest: "regex_x")),
    ("regex_", "a", .unknown(nearest: nil)), ("", "a", .unknown(nearest: nil)),
    ("PATH", "/bin", .fine), ("MUNIN_X", "x", .fine), ("LC_ALL", "C", .fine),
  ])
  func eachNameAndValueIsJudged(name: String, value: String, verdict: SettingVerdict) {
    #expect(manual.verdict(on: value, of: name) == verdict)
  }

  @Test func aSecretIsNotShown() {
    var manual = manual
    manual.settings = [.init("word", as: .secret(atLeast: 8), default: "none", "x")]
    #expect(
      manual.finding(on: "hunter2", of: "word")
        == "env.word: expected at least 8 characters, found 7")
  }

  /// Hostile names end in time: a name is matched against patterns with several open parts.
  @Test func longNamesAreJudgedInTime() {
    var manual = manual
    manual.settings = [.init("NAME_a_NAME_a_NAME_a_NAME_b", as: .text, default: "none", "x")]
    let name = String(repeating: "_a_", count: 2000)
    #expect(manual.verdict(on: "1", of: name) == .unknown(nearest: nil))
  }
}
