import EventLoop
import HTTP
import Limits
import MuninWire
import RRD
import TestSupport
import Testing

@testable import Collector
@testable import Web

@Suite struct PageTests {
  @Test func theOverviewLeadsWithWhatIsNotWell() async throws {
    let text = try await text("/")
    let order = [
      "Needs attention", "load is 5.1, expected at most 5 (since the backup)",
      "free is 700 Mi, expected at least 1 Gi",
      "unreachable: connect 192.0.2.7:4949: Connection refused", "no value for read",
      "<a href=\"/example.org/\">example.org</a>",
      "<a href=\"/lab/\">lab</a> › <a href=\"/lab/rack%202/\">rack 2</a>",
    ]
    var rest = text[...]
    for words in order {
      let found = rest.range(of: words)
      #expect(found != nil, "missing, or in the wrong place: \(words)")
      if let found { rest = rest[found.upperBound...] }
    }
    #expect(text.contains("<meta http-equiv=\"refresh\" content=\"10\">"))
    #expect(text.contains("<title>✖ Overview · Apus</title>"))
    #expect(text.contains("datetime=\"2023-11-14T22:01:40Z\""))
  }

  /// As the mail about it: before warnings, and with the level on each page and in the list.
  @Test func aLostNodeIsCritical() async throws {
    var sample = Sample()
    sample.snapshot.nodes[1].troubleLevel = .critical
    sample.snapshot.nodes[0].change("load", "load") { $0.level = .warning }
    let text = try await text("/", sample)
    let lost = try #require(
      text.range(of: "unreachable: connect 192.0.2.7:4949: Connection refused"))
    let warning = try #require(text.range(of: "expected at most"))
    #expect(lost.lowerBound < warning.lowerBound)
    #expect(text.contains("<title>✖ Overview · Apus</title>"))
    #expect(text.contains("1 critical"))
    #expect(
      try await self.text("/example.org/db.example.org/", sample).contains(
        "class=\"badge critical\""))
    #expect(
      try await self.text("/nodes.json", sample).contains(
        #""polled":true,"level":"critical","last_answer""#))
  }

  /// What a plugin no longer describes stands in the table of its graph, and behind its field in the list of troubles.
  @Test func theFaultOfAFieldIsOnItsPage() async throws {
    var sample = Sample()
    sample.snapshot.nodes[0].change("disk.sda", "read") {
      ($0.fault, $0.faultSince) = ("the plugin no longer describes it", Sample.now - 700)
    }
    let page = try await text("/example.org/web01.example.org/disk/sda", sample)
    #expect(page.contains("the plugin no longer describes it, since 2023-11-1"))
    #expect(
      try await text("/", sample).contains(
        "no value for read: the plugin no longer describes it"))
    #expect(
      try await text("/nodes.json", sample).contains(
        #""fault":"the plugin no longer describes it","fault_since":1699999300"#))
  }

  /// Why a service brings nothing stands on its page, and behind its fields in the list of troubles.
  @Test func theFaultOfAServiceIsOnItsPage() async throws {
    var sample = Sample()
    let place = try #require(
      sample.snapshot.nodes[0].graphs.firstIndex { $0.graph.name == "disk.sda" })
    sample.snapshot.nodes[0].graphs[place].fault = "no values (# Timed out) <b>"
    sample.snapshot.nodes[0].graphs[place].faultSince = Sample.now - 700
    let page = try await text("/example.org/web01.example.org/disk/sda", sample)
    #expect(page.contains("the service does not bring all of its values"))
    #expect(page.contains(": no values (# Timed out) &lt;b&gt;"))
    #expect(
      try await text("/", sample).contains("no value for read: no values (# Timed out) &lt;b&gt;"))
    #expect(
      try await text("/nodes.json", sample).contains(
        #""fault":"no values (# Timed out) \u003cb\u003e","fault_since":"#))
    #expect(
      try await !text("/example.org/web01.example.org/disk/sda").contains("class=\"trouble\""))
  }

  /// Contacts whom messages do not reach, and settings that were refused.
  @Test func whatIsWrongWithTheCollectorLeadsTheTroubles() async throws {
    var sample = Sample()
    sample.snapshot.nodes = [sample.snapshot.nodes[2]]
    sample.snapshot.deliveryTroubles = [
      ContactTrouble(
        contact: "ops", way: "command", since: Sample.now - 1000,
        problem: "command 'page <ops>': exit status 1"),
      ContactTrouble(
        contact: "ada", way: "mail", since: Sample.now - 60, problem: "smtp://mx1: refused"),
    ]
    sample.snapshot.settingsTrouble = (
      "settings not reloaded: munin.conf:3: unknown word 'x'", Sample.now - 300
    )
    let text = try await text("/", sample)
    var rest = text[...]
    for words in [
      "Needs attention", "<li class=\"critical\">", "<strong>contact ops</strong>",
      "messages are not delivered (command): command &#39;page &lt;ops&gt;&#39;: exit status 1",
      "<li class=\"warning\">", "settings not reloaded: munin.conf:3: unknown word &#39;x&#39;",
      "<strong>contact ada</strong>",
    ] {
      let found = rest.range(of: words)
      #expect(found != nil, "missing, or in the wrong place: \(words)")
      if let found { rest = rest[found.upperBound...] }
    }
    #expect(text.contains("1 critical") && !text.contains("all is well"))
    let list = try await self.text("/nodes.json", sample)
    #expect(list.contains(#""settings_trouble":"settings not reloaded: munin.conf:3:"#))
    #expect(list.contains(#""delivery_troubles":[{"contact":"ops","way":"command","since":"#))
    let health = try await self.text("/healthz", sample)
    #expect(
      health.contains("\ncontact ada: messages are not delivered (mail): smtp://mx1: refused\n"))
    #expect(health.contains("\nsettings: settings not reloaded: munin.conf:3:"))
  }

  @Test func messagesThatARateLimitHoldsBackAreShown() async throws {
    var sample = Sample()
    let until = Sample.now + 600
    sample.snapshot.heldMessages = [HeldMessages(contact: "ops", until: until, incidents: 3)]
    let words = "messages about 3 incidents are held back by its rate limit until "
    #expect(
      try await text("/", sample).contains("<strong>contact ops</strong><span>\(words)"))
    #expect(
      try await text("/nodes.json", sample).contains(
        #""held_messages":[{"contact":"ops","until":\#(until),"incidents":3}]"#))
    let health = try await text("/healthz", sample)
    #expect(health.hasPrefix("ok\n") && health.contains("\ncontact ops: \(words)"))
  }

  /// Those of the last week, the first with what they said, the others by their number.
  @Test func messagesThatWereGivenUpAreTroubles() async throws {
    var sample = Sample()
    sample.snapshot.nodes = [sample.snapshot.nodes[0]]
    func lost(_ number: Int, days: Int) -> GivenUpMail {
      GivenUpMail(
        contact: "ops", subject: "[CRITICAL] <web\(number)>", created: Sample.now - days * 86_400,
        givenUp: Sample.now - days * 86_400, problem: "smtp://mx1: 550 no such user")
    }
    sample.snapshot.mailsGivenUp = (1...7).map { lost($0, days: 1) } + [lost(8, days: 8)]
    sample.snapshot.mailsFailed = 8
    let text = try await text("/", sample)
    #expect(
      text.contains(
        "<strong>contact ops</strong><span>not delivered: [CRITICAL] &lt;web1&gt;: smtp://mx1: 550 no such user (a restart of apus-collector tries again while the incident lasts)"
      ))
    #expect(text.contains("&lt;web5&gt;") && !text.contains("&lt;web6&gt;"))
    #expect(text.contains("2 more messages not delivered: &#39;apus-collector alerts list&#39;"))
    let list = try await self.text("/nodes.json", sample)
    #expect(list.contains(#""mails_given_up":[{"contact":"ops","subject":"[CRITICAL] "#))
    sample.snapshot.mailsGivenUp = [lost(8, days: 8)]
    sample.snapshot.mailsFailed = 1
    #expect(try await !self.text("/", sample).contains("not delivered: "))
  }

  @Test func whenAllIsWellThePageSaysSo() async throws {
    var sample = Sample()
    sample.snapshot.nodes = [sample.snapshot.nodes[0]]
    for service in sample.snapshot.nodes[0].graphs.indices {
      for field in sample.snapshot.nodes[0].graphs[service].fields.indices {
        sample.snapshot.nodes[0].graphs[service].fields[field].level = .ok
      }
    }
    let text = try await text("/", sample)
    #expect(text.contains("all is well"))
    #expect(!text.contains("Needs attention"))
    #expect(text.contains("<title>Overview · Apus</title>"))
  }

  @Test func stateIsNeverToldByColourAlone() async throws {
    for target in ["/", "/example.org/web01.example.org/", "/example.org/web01.example.org/memory"]
    {
      let text = try await text(target)
      for level in ["ok", "warning", "critical", "unknown"] {
        for part in text.split(separator: "class=\"badge \(level)\">").dropFirst() {
          let words = part.prefix { $0 != "\n" }
          #expect(words.contains("aria-hidden") && words.contains("</span> "), "\(words)")
        }
        for part in text.split(separator: "class=\"chip \(level)\"").dropFirst()
        where level != "ok" {
          #expect(part.prefix(200).contains("aria-hidden=\"true\">"))
        }
      }
    }
  }

  @Test func aNodeLeadsWithItsHour() async throws {
    let text = try await text("/example.org/web01.example.org/")
    let hour = "src=\"/example.org/web01.example.org/load-hour.png\""
    let day = "src=\"/example.org/web01.example.org/load-day.png\""
    let first = try #require(text.range(of: hour)?.lowerBound)
    let second = try #require(text.range(of: day)?.lowerBound)
    #expect(first < second)
    #expect(text.contains("alt=\"Load average on web01.example.org, by hour\""))
    #expect(
      text.contains(
        "In parts: <a class=\"chip unknown\" href=\"/example.org/web01.example.org/disk/sda\">"))
    #expect(!text.contains("disk/sda-hour.png"))
    #expect(text.contains("id=\"system\""))
  }

  /// A green mark says that a limit was looked at.
  @Test func whatHasNoLimitsHasNoLevel() async throws {
    let cpu = try await text("/example.org/web01.example.org/cpu")
    let none = "<span class=\"badge none\"><span aria-hidden=\"true\">–</span> no limits</span>"
    #expect(cpu.contains("<h1>CPU usage \(none)</h1>"))
    #expect(cpu.ranges(of: none).count == 4 && !cpu.contains("badge ok"))
    // Of one graph some fields have limits.
    let memory = try await text("/lab/rack%202/probe/memory")
    #expect(memory.ranges(of: none).count == 2)
    let load = try await text("/lab/rack%202/probe/load")
    #expect(!load.contains(none) && load.ranges(of: "badge ok").count == 2)
  }

  @Test func longTitlesAreShortened() async throws {
    let long = String(repeating: "long title ", count: 300)
    var sample = Sample()
    sample.snapshot.nodes[0].graphs[0].graph["graph_title"] = long
    sample.snapshot.nodes[0].graphs[0].fields[0].label = long
    let name = sample.snapshot.nodes[0].graphs[0].graph.name
    for path in ["/", "/example.org/", "/example.org/web01.example.org/"] {
      let text = try await text(path, sample)
      #expect(!text.contains(long.prefix(200)) && text.contains(long.prefix(110)), "\(path)")
    }
    // The page of the graph itself has all of it, once.
    let text = try await text("/example.org/web01.example.org/\(name)", sample)
    #expect(text.ranges(of: long).count == 1)
  }

  @Test func aServiceShowsAllItsTimesAndFields() async throws {
    let text = try await text("/example.org/web01.example.org/memory")
    for period in ["hour", "day", "week", "month", "year"] {
      #expect(text.contains("src=\"/example.org/web01.example.org/memory-\(period).png\""))
    }
    #expect(text.contains("<th scope=\"row\">free</th>"))
    #expect(text.contains(">at least 1 Gi</td>"))
    #expect(text.contains(">at least 256 Mi</td>"))
    #expect(text.contains("Memory of programs."))
    let part = try await self.text("/example.org/web01.example.org/disk/sda")
    #expect(part.contains("<h1>Throughput of sda"))
    #expect(part.contains("href=\"/example.org/web01.example.org/disk\">Disk throughput</a>"))
    #expect(part.contains("disk/sda-year.png"))
  }

  @Test(arguments: [
    ("/example.org", 301, "/example.org/"),
    ("/lab/rack%202", 301, "/lab/rack%202/"),
    ("/example.org/web01.example.org", 301, "/example.org/web01.example.org/"),
    ("/example.org/web01.example.org/load/", 301, "/example.org/web01.example.org/load"),
    ("/example.org/web01.example.org/disk.sda", 200, nil),
    ("/lab/", 200, nil), ("/style.css", 200, nil), ("/icon.svg", 200, nil),
    ("/lab/rack%202/probe/memory", 200, nil), ("/lab/rack%202/probe/cpu", 404, nil),
    ("/nothing", 404, nil), ("/example.org/nobody/", 404, nil),
    ("/example.org/web01.example.org/nothing", 404, nil),
    ("/example.org/web01.example.org/load-hour.gif", 404, nil),
    ("/example.org/web01.example.org/load-decade.png", 404, nil),
    ("/example.org/web01.example.org/-hour.png", 404, nil),
    ("/example.org/web01.example.org/load-hour.png/", 404, nil),
    ("/example.org/web01.example.org/load-hour.png?size_x=9999", 400, nil),
    ("/example.org/web01.example.org/load-hour.png?size_y=1", 400, nil),
    ("/example.org/web01.example.org/load-hour.png?size_x=x", 400, nil),
    ("/style.css/", 404, nil),
  ])
  func aPathLeadsToItsPage(target: String, status: Int, location: String?) async throws {
    try await onTestLoop {
      let (response, _) = try await page(Sample().site(), target)
      #expect(response.status == status)
      #expect(response.header("Location") == location)
    }
  }

  @Test func textFromOutsideIsEscapedEverywhere() async throws {
    let evil = "<script>alert('1')</script>\"><img src=x onerror=y>&\u{7}"
    var sample = Sample()
    var graph = Graph(
      evil, category: evil, args: evil, vlabel: evil, info: evil,
      fields: [Field("load", label: evil, info: evil)])
    graph.name = "load"
    let field = FieldView(
      name: "load", label: evil, path: evil, value: 1, level: .critical, since: 1, warning: evil,
      critical: evil, extinfo: evil)
    sample.snapshot.nodes = [
      NodeView(
        groups: [String(evil.dropLast()).replacing("/", with: "")], name: "n", address: evil,
        isPolled: true,
        lastAnswer: 5, trouble: evil, troubleSince: 5,
        graphs: [GraphView(graph: graph, fields: [field])])
    ]
    let node = SiteLink.node(sample.snapshot.nodes[0]).text
    for target in ["/", node, node + "load"] {
      let text = try await text(target, sample)
      #expect(text.contains("&lt;script&gt;"), "\(target)")
      #expect(!text.contains("<script"), "\(target)")
      #expect(!text.contains("onerror=y>"), "\(target)")
      #expect(!text.contains("<img src=x"), "\(target)")
      #expect(!text.contains("\u{7}"), "\(target)")
    }
  }

  /// A plain node's summary leaves out what no overview shows.
  @Test func aSummaryHasWhatAnOverviewNeeds() throws {
    let node = Sample().snapshot.nodes[0]
    let summary = NodeSummary(node)
    #expect(summary.graphCount == 6 && summary.node.level == node.level)
    #expect(summary.node.graphs.map(\.graph.name) == ["disk.sda", "load", "memory"])
    #expect(summary.categories.map(\.name) == ["disk", "network", "system"])
    #expect(summary.categories.map(\.count) == [1, 1, 3])
    #expect(summary.categories[2].levels == [.critical: 1, .warning: 1])
    let (all, few) = (Problems([node]), Problems([summary.node]))
    #expect(all.rows.map(\.level) == few.rows.map(\.level) && all.worst == .critical)
  }

  @Test func theLoopsLongestStretchIsTold() async throws {
    var sample = Sample()
    sample.snapshot.longestStretch = (31.24, 4)
    sample.snapshot.longestOwnStretch = (11.26, 3)
    let words = """
      longest stretch of the event loop, in ms: 31.2, in the last minute: 4.0
      longest stretch of the event loop without waiting for a core, in ms: 11.3, in the last minute: 3.0

      """
    #expect(try await text("/healthz", sample).contains(words))
  }

  @Test func aLargeSiteShowsItsCategories() async throws {
    var sample = Sample()
    let node = sample.snapshot.nodes[0]
    sample.snapshot.nodes = (0..<200).map { index in
      var node = node
      node.name = "node\(index)"
      return node
    }
    let text = try await text("/", sample)
    #expect(text.contains("and 400 more"))
    #expect(text.contains("3 graphs <span class=\"badge critical\">"))
    #expect(!text.contains("<img"))
    #expect(text.utf8.count < 600_000)
  }

  @Test func findingsAreOnEachPageThatTheyConcern() async throws {
    var sample = Sample()
    sample.snapshot.nodes[0].graphs[0].findings = ["x: max -1 is not above min 0 <b>"]
    sample.snapshot.nodes[2].findings = ["piled: holder.stack: not supported"]
    let first = sample.snapshot.nodes[0]
    let title = first.graphs[0].graph.title
    let words = "x: max -1 is not above min 0 &lt;b&gt;"
    let overview = try await text("/", sample)
    #expect(overview.contains("2 findings"))
    #expect(overview.contains(">\(title)</a>: \(words)</li>"))
    #expect(overview.contains(">probe</a>: piled: holder.stack: not supported</li>"))
    #expect(try await text("/example.org/web01.example.org/", sample).contains(words))
    #expect(
      try await text("/example.org/web01.example.org/\(first.graphs[0].graph.name)", sample)
        .contains("<li>\(words)</li>"))
    #expect(try await text("/lab/rack%202/probe/", sample).contains("holder.stack"))
    #expect(try await text("/nodes.json", sample).contains("piled: holder.stack: not supported"))
    #expect(try await !text("/").contains("Findings"))
  }

  @Test func healthCountsLostValues() async throws {
    var sample = Sample()
    sample.snapshot.lost.closedFiles = 7
    sample.snapshot.lost.refused = 1
    let health = try await text("/healthz", sample)
    #expect(health.contains("values lost since the start: 8\n"))
    #expect(health.contains("values lost, newest value of their file in the future: 7\n"))
    #expect(health.contains("values lost, refused by librrd: 1"))
    #expect(!health.contains("impossible times"))
  }

  /// A watchdog and whoever looks at the overview see that data are lost.
  @Test func aCollectorThatCannotKeepItsDataSaysSo() async throws {
    var sample = Sample()
    sample.snapshot.storageTroubles = ["cannot write the ledger: disk <full>"]
    let troubled = sample
    try await onTestLoop {
      let (response, health) = try await page(troubled.site(), "/healthz")
      #expect(response.status == 503)
      #expect(health.hasPrefix("cannot write the ledger: disk <full>\n"))
      let (_, overview) = try await page(troubled.site(), "/")
      #expect(overview.contains("The collector cannot keep its data"))
      #expect(overview.contains("cannot write the ledger: disk &lt;full&gt;"))
      let (_, list) = try await page(troubled.site(), "/nodes.json")
      #expect(list.contains("\"storage_troubles\":[\"cannot write the ledger: "))
      let (_, well) = try await page(Sample().site(), "/")
      #expect(!well.contains("cannot keep its data"))
    }
  }

  @Test func aHeartbeatThatFailsIsOnThePage() async throws {
    var sample = Sample()
    sample.snapshot.heartbeatTrouble = "https://hc.example.com: status 404: <no>"
    let troubled = sample
    try await onTestLoop {
      let (response, health) = try await page(troubled.site(), "/healthz")
      #expect(response.status == 200)
      #expect(health.contains("\nheartbeat_url: https://hc.example.com: status 404: <no>\n"))
      let (_, overview) = try await page(troubled.site(), "/")
      #expect(
        overview.contains(
          "The call of heartbeat_url failed: https://hc.example.com: status 404: &lt;no&gt;"))
      let (_, list) = try await page(troubled.site(), "/nodes.json")
      #expect(list.contains("\"heartbeat_trouble\":\"https://hc.example.com: "))
      let (_, well) = try await page(Sample().site(), "/")
      #expect(!well.contains("heartbeat"))
    }
  }

  @Test func anEmptySiteIsAPage() async throws {
    let sample = Sample()
    var empty = sample
    empty.snapshot.nodes = []
    #expect(try await text("/", empty).contains("No node is set up yet."))
    var new = sample
    new.snapshot.nodes = [
      NodeView(groups: ["g"], name: "n", address: "n:4949", isPolled: true)
    ]
    #expect(try await text("/", new).contains("no answer yet"))
    #expect(try await text("/g/n/", new).contains("Nothing is known of its graphs yet."))
  }

  @Test(arguments: [
    (4, 200, "ok\n"), (20, 200, "seconds since the last poll: 20"),
    (21, 503, "no poll has completed in time"),
  ])
  func healthFollowsThePolls(age: Int, status: Int, words: String) async throws {
    var sample = Sample()
    for index in sample.snapshot.nodes.indices {
      sample.snapshot.nodes[index].lastAnswer = Sample.now - age
    }
    let answered = sample
    try await onTestLoop {
      let (response, text) = try await page(answered.site(), "/healthz")
      #expect(response.status == status)
      #expect(text.contains(words))
    }
  }

  @Test func aFreshCollectorIsHealthyForTwoPeriods() async throws {
    var sample = Sample()
    for index in sample.snapshot.nodes.indices { sample.snapshot.nodes[index].lastAnswer = nil }
    for (started, status) in [(Sample.now - 20, 200), (Sample.now - 21, 503)] {
      sample.snapshot.started = started
      let fresh = sample
      try await onTestLoop {
        let (response, _) = try await page(fresh.site(), "/healthz")
        #expect(response.status == status)
      }
    }
  }

  private func text(_ target: String, _ sample: Sample = Sample()) async throws -> String {
    try await onTestLoop {
      let (response, text) = try await page(sample.site(), target)
      #expect(response.status == 200, "\(target)")
      return text
    }
  }
}

extension String {
  fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}

extension Substring {
  fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
