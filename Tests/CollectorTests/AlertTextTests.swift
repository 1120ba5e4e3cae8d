import Limits
import MuninWire
import Notify
import Testing
import Text

@testable import Collector

/// The words of alerts, as a person reads them.
@Suite struct AlertTextTests {
  private static let noon = 1_700_006_400
  private static let then = CalendarTime.local(noon).text

  private static func line(
    _ name: String, _ level: Level, _ value: Double?, warning: String? = nil,
    critical: String? = nil, from: Level? = nil, lasted: Int = 0, extinfo: String? = nil
  ) -> AlertText.Line {
    AlertText.Line(
      name: name, label: name.uppercased(), level: level, value: value,
      thresholds: Thresholds.parse(warning: warning, critical: critical).thresholds, since: noon,
      extinfo: extinfo,
      change: from.map {
        Change(from: $0, to: level, since: noon - lasted, at: noon, value: value)
      })
  }

  private static func text(
    _ lines: [AlertText.Line], args: String? = nil, info: String? = nil, page: String? = nil
  ) -> AlertText {
    var graph = Graph("Load average", category: "System", args: args, info: info, fields: [])
    graph.name = "load"
    return AlertText(
      groups: ["example.com", "web"], host: "web01", graph: graph, lines: lines, page: page)
  }

  private static let worse = text(
    [
      line("load", .critical, 12.5, warning: "5", critical: "10", from: .ok, lasted: 273_600),
      line("users", .warning, 7, warning: "5:", from: nil),
      line("tasks", .unknown, nil, warning: "100", from: .warning, lasted: 60),
      line("idle", .ok, 80, warning: "20:", from: .critical, lasted: 3661, extinfo: "at last"),
      line("calm", .ok, 1, warning: "5"),
    ], info: "The load average.", page: "http://127.0.0.1:4950/example.com/web/web01/load")

  @Test func subjectAndBodyTellAll() {
    #expect(Self.worse.subject == "CRITICAL web01: Load average: LOAD is 12.5")
    #expect(
      Self.worse.body == """
        Load average on web01 (group example.com;web)

        CRITICAL: LOAD is 12.5, above the critical limit of 10
            since \(Self.then)
            it was OK for 3 d 4 h
        WARNING: USERS is 7, below the warning limit of 5
            since \(Self.then)
        UNKNOWN: TASKS is unknown: no value received
            since \(Self.then)
            it was WARNING for 1 min
        OK: IDLE is 80, within its limits again
            since \(Self.then)
            it was CRITICAL for 1 h 1 min
            at last

        The load average.

        http://127.0.0.1:4950/example.com/web/web01/load

        """)
  }

  @Test func aRecoveryTellsWhatRecovered() {
    let text = Self.text([
      Self.line("load", .ok, 0.4, warning: "5", from: .warning, lasted: 600),
      Self.line("calm", .ok, 1, warning: "5"),
    ])
    #expect(text.subject == "OK web01: Load average: LOAD is 0.4")
    #expect(
      text.body == """
        Load average on web01 (group example.com;web)

        OK: LOAD is 0.4, within its limits again
            since \(Self.then)
            it was WARNING for 10 min

        """)
  }

  /// For a contact who wants to hear that all is well.
  @Test func aRepeatTellsHowThingsAre() {
    let text = Self.text([Self.line("load", .ok, 0.4, warning: "5")])
    #expect(text.subject == "OK web01: Load average")
    #expect(
      text.body == """
        Load average on web01 (group example.com;web)

        OK: LOAD is 0.4, within its limits
            since \(Self.then)

        """)
  }

  @Test(arguments: [
    (1, "LOAD1 is 11"), (3, "LOAD1 is 11, LOAD2 is 12, LOAD3 is 13"),
    (5, "LOAD1 is 11, LOAD2 is 12, LOAD3 is 13 and 2 more"),
  ])
  func aSubjectNamesThree(count: Int, details: String) {
    let lines = (1...count).map {
      Self.line("load\($0)", .critical, Double($0 + 10), critical: "10", from: .ok)
    }
    #expect(Self.text(lines).subject == "CRITICAL web01: Load average: \(details)")
  }

  @Test(arguments: [
    ("10", "above the critical limit of 10"), (":10", "above the critical limit of 10"),
    ("20:", "below the critical limit of 20"), ("20:30", "outside 20 to 30 (critical)"),
    ("-5:-1", "outside -5 to -1 (critical)"),
  ])
  func aLimitIsTold(range: String, words: String) {
    let text = Self.text([Self.line("load", .critical, 12, critical: range)])
    #expect(text.body.contains("CRITICAL: LOAD is 12, \(words)\n"))
  }

  @Test func bytesAreBinary() {
    let text = Self.text(
      [Self.line("unused", .critical, 831_488, critical: "1048576:")], args: "--base 1024 -l 0")
    #expect(text.subject == "CRITICAL web01: Load average: UNUSED is 812 Ki")
    #expect(text.body.contains("below the critical limit of 1 Mi"))
  }

  /// What munin's own template makes of it, as munin sends it.
  @Test func muninsTemplateReadsAsInMunin() {
    let text = MuninTemplate.builtIn(for: "somebody").expand(in: Self.worse.templateValues)
    #expect(
      text == """
        example.com-web :: web01 :: Load average
        \tCRITICALs: LOAD is 12.50 (outside range [:10]).
        \tWARNINGs: USERS is 7.00 (outside range [5:]).
        \tUNKNOWNs: TASKS is unknown.
        \tOKs: IDLE is 80.00: at last.

        """)
  }

  @Test(arguments: [
    ("${var:group} ${var:host} ${var:plugin}", "example.com-web web01 load"),
    ("${var:graph_title} ${var:graph_category}", "Load average system"),
    ("${var:worst} ${var:worstid}", "CRITICAL 2"),
    ("${var:cfields}/${var:wfields}/${var:ufields}/${var:fofields}", "load/users/tasks/idle"),
    ("${var:ofields} of ${var:fields}", "idle calm of load users tasks idle calm"),
    ("${var:numcfields}${var:numwfields}${var:numufields}${var:numofields}", "1112"),
    (
      "${loop<,>:fields ${var:label}=${var:value}}",
      "LOAD=12.50,USERS=7.00,TASKS=unknown,IDLE=80.00,CALM=1.00"
    ),
    ("${loop<,>:cfields ${var:wrange} ${var:crange}}", ":5 :10"),
    ("${loop<;>:fields ${var:wrange} ${var:crange}}", ":5 :10;5: :;:100 :;20: :;:5 :"),
  ])
  func templatesSeeMuninsVariables(template: String, text: String) throws {
    #expect(try MuninTemplate(template).expand(in: Self.worse.templateValues) == text)
  }
}
