import EventLoop
import Inventory
import Limits
import MuninWire
import RRD
import Recording
import Settings
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// What is remembered of graphs: what they have in common is kept once, and both readers of replies leave the same.
@Suite(.timeLimit(.minutes(1))) struct GraphRecordTests {
  @Test func aFieldTakes40Bytes() {
    #expect(MemoryLayout<FieldRecord>.stride == 40)
  }

  private static let config = """
    graph_title Many
    g.label g
    g.warning 100
    d.label d
    d.type DERIVE
    c.label c
    c.type COUNTER
    c.critical 50
    a.label a
    a.type ABSOLUTE

    """

  private static let tokens = [
    "U", "0", "1", "17", "-3", "1.5", "-0.5", "18446744073709551615", "99999999999999999999",
    String(repeating: "9", count: 30), "1700000400:5", "1700003000:7", "1699990000:2",
    "1799990000:1",
    "5",
  ]

  /// Hundreds of polls, with values that a type does not take, and times of all kinds.
  @Test func bothReadersLeaveTheSame() async throws {
    try await onTestLoop {
      let host = HostSettings(groups: ["g"], name: "web01", address: "127.0.0.1")
      let answer = ConfigAnswer(Self.config.utf8.span, service: "many")
      let config = ServiceConfig(Self.config.utf8.span, answer, service: "many")
      let book = LayoutBook(MasterSettings())
      let form = try #require(book.forms(of: config, on: host, nil).first)
      var news = DescriptionNews()
      @LoopActor func record() -> GraphRecord {
        GraphRecord(
          form, service: "many", series: NodeSeries(node: NodeNumber(1), book: NumberBook()),
          fileStart: "/db/g/web01", &news)
      }
      let (one, two) = (record(), record())
      var noise = Noise(9)
      var now = 1_700_000_000
      var (lost, values) = (0, 0)
      for _ in 0..<600 {
        now += [10, 300, 300, 300, 900, -200].randomElement(using: &noise)!
        let reply = ["g", "d", "c", "a"].map {
          "\($0).value \(Self.tokens.randomElement(using: &noise)!)\n"
        }.joined()
        let match = config.fetchPattern.match(reply.utf8.span)
        let plain = try #require(match)
        let general = FetchAnswer(reply.utf8.span, service: "many").graphs[0]
        var (first, second) = (Intake(time: now), Intake(time: now))
        one.record(plain, 0..<4, readTime: now, now: now, into: &first)
        two.record(general, readTime: now, now: now, into: &second)
        let rows = [first, second].map {
          JournalRow(number: 1, node: NodeNumber(1), $0.journal)
        }
        #expect(rows[0] == rows[1], "\(reply)")
        #expect(first.samples == second.samples && first.lost == second.lost)
        #expect(one.findings == two.findings && one.hasFindings == two.hasFindings)
        #expect(
          one.fields.map { $0.value(at: now, judged: nil) }
            == two.fields.map { $0.value(at: now, judged: nil) })
        lost += first.lost.total
        values += rows[0].count
      }
      #expect(lost > 50 && values > 500, "\(lost) lost, \(values) values")
    }
  }

  @Test func nodesOfAKindShareTheirForms() async throws {
    try await onTestLoop {
      let conf =
        "dbdir /db\n[g;a]\naddress a\n[g;b]\naddress b\nport 1\n[h;c]\naddress c\n"
        + "[g;d]\naddress d\nload.load.warning 9\n[g;e]\naddress e\nwarning 7\n"
      let settings = MasterSettings.parse([SettingsFile(name: "m", text: conf)]).settings
      let book = LayoutBook(settings)
      let text = "graph_title L\nload.label a label that takes memory\nload.critical 5\n"
      let config = ServiceConfig(
        text.utf8.span, ConfigAnswer(text.utf8.span, service: "load"), service: "load")
      let forms = settings.hosts.map {
        book.forms(of: config, on: $0, settings.commonPlace(of: $0))[0]
      }
      #expect(forms[0] === forms[1] && forms[0] === forms[2])
      #expect(forms[3].fields[0].rules?.warning?.range.description == ":9")
      #expect(forms[4].fields[0].rules?.warning?.range.description == ":7")
      #expect(forms[3].fields[0].file === forms[0].fields[0].file)
      // Another label is nothing that is recorded or judged; another limit is, and the file stays the same.
      @LoopActor func form(_ text: String) -> GraphForm {
        let config = ServiceConfig(
          text.utf8.span, ConfigAnswer(text.utf8.span, service: "load"), service: "load")
        return book.forms(of: config, on: settings.hosts[0], nil)[0]
      }
      #expect(form(text.replacing("label that", with: "text that")) === forms[0])
      let limited = form(text.replacing("critical 5", with: "critical 6"))
      #expect(limited !== forms[0] && limited.fields[0].file === forms[0].fields[0].file)
      // Under other settings it is the same object where it is the same.
      let next = book.successor(settings)
      #expect(next.forms(of: config, on: settings.hosts[0], nil)[0] === forms[0])
      #expect(book.graphs(of: config, on: settings.hosts[3], nil)[0].fields[0].warning == "9")
      book.forget(except: [], [])
      #expect(book.forms(of: config, on: settings.hosts[0], nil)[0] == forms[0])
    }
  }

  /// A plugin with a word that changes in each of its configs: what is remembered of it stays small.
  @Test func layoutsThatNobodyHasAnyMoreAreForgotten() async throws {
    try await onTestLoop {
      let book = NumberBook()
      var last: ServiceConfig?
      for round in 0..<3000 {
        let text = "graph_title Number \(round)\nload.label l\n"
        let config = ServiceConfig(
          text.utf8.span, ConfigAnswer(text.utf8.span, service: "load"), service: "load")
        last = book.shared(config, of: "load")
        guard book.wantsForgetting else { continue }
        book.forgetLayouts(except: [ObjectIdentifier(config)])
        #expect(!book.wantsForgetting)
      }
      let again = try #require(last)
      #expect(book.shared(again, of: "load") === again)
    }
  }
}
