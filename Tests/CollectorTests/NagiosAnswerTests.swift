import Limits
import MuninWire
import Testing

@testable import Collector

/// What Nagios and Icinga read.
@Suite struct NagiosAnswerTests {
  @Test func anAnswerIsALineAndAStatus() {
    let answer = NagiosAnswer(
      "MEMORY", .critical, "free 0.8 MiB, limit 1 MiB",
      data: [
        NagiosDatum(
          name: "free", value: 838_860, unit: "B", critical: Bounds("1048576:"),
          possible: Bounds(min: 0)),
        NagiosDatum(name: "load", value: 0.25, warning: Bounds(":5"), critical: Bounds("1:10")),
        NagiosDatum(name: "gone"),
      ])
    #expect(
      answer.line
        == "MEMORY CRITICAL - free 0.8 MiB, limit 1 MiB | 'free'=838860B;;1048576:;0; 'load'=0.25;~:5;1:10;; 'gone'=U;;;;"
    )
    #expect(answer.exitStatus == 2)
    #expect(NagiosAnswer("A", .ok, "x") == NagiosAnswer("A", .ok, "x"))
    let statuses = [Level.ok, .warning, .critical, .unknown].map {
      NagiosAnswer("A", $0, "x").exitStatus
    }
    #expect(statuses == [0, 1, 2, 3])
    #expect(NagiosAnswer(failure: "why").line == "APUS UNKNOWN - why")
  }

  /// Labels are a plugin's: they must not end the line, the text or a name.
  @Test func hostileTextStaysInItsPlace() {
    let answer = NagiosAnswer(
      "A|B", .ok, "one | two\nthree\u{7}", data: [NagiosDatum(name: "it's=x\n", value: 1)])
    #expect(answer.line == "A/B OK - one / two three  | 'it''s_x_'=1;;;;")
    let long = NagiosAnswer(
      "A", .ok, String(repeating: "x", count: 5000),
      data: (0..<1000).map { NagiosDatum(name: "field\($0)", value: 1e300) })
    #expect(long.line.utf8.count < 8000 && long.line.hasSuffix(";;;;"))
    #expect(!long.line.contains("e+"))
  }
}
