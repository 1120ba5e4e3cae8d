import Patterns
import TestSupport
import Testing

@Suite struct PatternTests {
  @Test(arguments: [
    (#"\.bak$"#, "load.bak", true),
    (#"\.bak$"#, "load.bak2", false),
    ("DEADJOE$", "xDEADJOE", true),
    ("[#~]$", "load~", true),
    (#"^(?!snmp_)\w+$"#, "load", true),
    (#"^(?!snmp_)\w+$"#, "snmp_x", false),
    ("", "", true),
    ("", "x", true),
    ("x", "", false),
  ])
  func searches(pattern: String, subject: String, found: Bool) throws {
    #expect(try Pattern(pattern).matches(subject) == found)
  }

  @Test(arguments: [
    (#"^127\.0\.0\.1$"#, "127.0.0.1", true),
    (#"127\.0\.0\.1"#, "127.0.0.11", false),
    (#"127\.0\.0\.1"#, "1127.0.0.1", false),
    (#"10\..*|192\.0\..*"#, "10.2.3.4", true),
    (#"10\..*|192\.0\..*"#, "210.2.3.4", false),
    ("a|ab", "ab", true),
    ("a$", "a\n", false),
  ])
  func wholeLeavesNothing(pattern: String, subject: String, found: Bool) throws {
    #expect(try Pattern(pattern, .whole).matches(subject) == found)
  }

  @Test func optionsChangeTheSearch() throws {
    #expect(try Pattern("b", .anchored).matches("ab") == false)
    #expect(try Pattern("a", .anchored).matches("ab"))
    #expect(try Pattern("AB").matches("ab") == false)
    #expect(try Pattern("AB", [.caseless, .whole]).matches("ab"))
  }

  @Test func subjectsAreBytes() throws {
    let latin1: [UInt8] = [0x63, 0xE9, 0x00, 0xFF]
    #expect(try Pattern("^c.\\x00\\xff$").matches(latin1.span))
    #expect(try Pattern("é").matches("café"))
    #expect(try Pattern("^caf..$").matches("café"), "two bytes")
    let empty: [UInt8] = []
    #expect(try Pattern("^$").matches(empty.span))
  }

  @Test(arguments: [
    ("a(b", "pattern 'a(b': missing closing parenthesis at byte 3"),
    ("*x", "pattern '*x': quantifier does not follow a repeatable item at byte 0"),
    ("[z-a]", "pattern '[z-a]': range out of order in character class at byte 3"),
    ("(*UTF)é", "pattern '(*UTF)é': using UTF is disabled by the application at byte 6"),
  ])
  func aBadPatternIsLocated(pattern: String, message: String) {
    let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
    #expect(error?.description == message)
  }

  @Test func longPatternsAreRefused() {
    #expect(throws: PatternError.self) { try Pattern(String(repeating: "a", count: 4097)) }
    #expect(throws: PatternError.self) { try Pattern(String(repeating: "(", count: 3000)) }
    #expect(throws: PatternError.self) { try Pattern("((a{1,999}){1,999}){1,999}") }
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["^(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)(.*)[xy]$"])
  func endlessBacktrackingGivesUp(pattern: String) throws {
    let pattern = try Pattern(pattern)
    let subject = String(repeating: "a", count: 4000) + "!"
    let start = ContinuousClock.now
    #expect(pattern.matches(subject) == false)
    guard case .gaveUp(let reason) = pattern.outcome(subject) else {
      Issue.record("expected to give up")
      return
    }
    #expect(reason.hasPrefix("pattern '\(pattern)': ") && reason.contains("limit"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func halfAMillionStepsAreTooMany() throws {
    let subject = String(repeating: "a", count: 1000)
    #expect(
      try Pattern("^(.*)(.*)[xy]").outcome(subject)
        == .gaveUp("pattern '^(.*)(.*)[xy]': match limit exceeded"))
    #expect(try Pattern("^(.*)(.*)[xy]").outcome("aaaaaaaa") == .notMatched)
  }

  @Test func longSubjectsAreNotLookedAt() throws {
    let pattern = try Pattern("a")
    #expect(pattern.matches(String(repeating: "a", count: 4096)))
    #expect(
      pattern.outcome(String(repeating: "a", count: 4097))
        == .gaveUp("pattern 'a': subject of 4097 bytes is too long"))
  }

  @Test func ordinaryPatternsDoNotGiveUpOnLongSubjects() throws {
    let subject = String(repeating: "ab ", count: 1300)
    for text in ["x$", ".*x", #"(\w+ )*x"#, "(ab |c)*$", "b.*b"] {
      if case .gaveUp(let reason) = try Pattern(text).outcome(subject) { Issue.record("\(reason)") }
    }
  }

  @Test func threadsShareAPattern() async throws {
    let pattern = try Pattern(#"^(\d+)\.(\d+)$"#)
    await withTaskGroup(of: Bool.self) { group in
      for index in 0..<64 { group.addTask { pattern.matches("\(index).\(index)") } }
      for await found in group { #expect(found) }
    }
  }

  @Test func noiseCompilesOrIsRefused() {
    var noise = Noise(3)
    func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &noise) }
    let pieces = [
      "(", ")", "[", "]", "*", "+", "?", "{2,3}", "|", "\\", "^", "$", ".", "a", "b", "(?C1)",
      "\\d",
      "(?=", "(?<!", "\\1", "(?R)", "(*ACCEPT)", "(*UTF)", "\\Q", "é", "\u{0}", "-", "\\K",
    ]
    for _ in 0..<3000 {
      let text = (0..<random(12)).map { _ in pieces[random(pieces.count)] }.joined()
      let subject = (0..<random(40)).map { _ in UInt8(truncatingIfNeeded: random(256)) }
      guard let pattern = try? Pattern(text, Pattern.Options(rawValue: random(8))) else { continue }
      _ = pattern.outcome(subject.span)
      _ = pattern.outcome("aabbab")
    }
  }
}
