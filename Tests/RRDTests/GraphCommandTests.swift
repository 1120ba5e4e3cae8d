import MuninWire
import RRD
import Testing

/// Elements and the options in front of munin's constant look.
private func text(of command: GraphCommand) -> String {
  let options = command.options.prefix { $0 != "--font" }
  return (options + command.elements).joined(separator: "\n")
}

private func command(
  _ graph: Graph, _ period: GraphPeriod = .day, now: Int = noon + 100, last: Int = noon,
  without: Set<String> = []
) -> GraphCommand {
  let request = GraphRequest(period: period, now: now)
  let clock: @Sendable (Int) -> String = { "12:00:\($0 % 60)" }
  return GraphCommand(graph, request, clock: clock) {
    without.contains($0.name) ? nil : GraphSource(path: "/db/\($0.name).rrd", lastUpdate: last)
  }
}

private func graph(_ attributes: [String: String], _ fields: [Field]) -> Graph {
  let attributes = attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value) }
  return Graph(name: "svc", attributes: attributes, fields: fields)
}

@Suite struct GraphCommandTests {
  @Test func plainGraphIsMunins() {
    let graph = Graph(
      "Load average", category: "system", args: "--base 1000 -l 0", vlabel: "load",
      scale: false, fields: [Field("load", label: "load", warning: "10", critical: "2:20")])
    #expect(
      text(of: command(graph)) == """
        --title
        Load average - by day
        --start
        1699886400
        --end
        1700006400
        --base
        1000
        -l
        0
        --vertical-label
        load
        --slope-mode
        --height
        175
        --width
        400
        --imgformat
        PNG
        --units-exponent
        0
        DEF:aload=/db/load.rrd:42:MAX
        DEF:iload=/db/load.rrd:42:MIN
        DEF:gload=/db/load.rrd:42:AVERAGE
        CDEF:cload=gload
        COMMENT:\("    ")
        COMMENT: Cur\\:
        COMMENT:Min\\:
        COMMENT:Avg\\:
        COMMENT:Max\\:  \\j
        LINE1:gload#00CC00:load\(" ")
        GPRINT:cload:LAST:%6.2lf
        GPRINT:iload:MIN:%6.2lf
        GPRINT:gload:AVERAGE:%6.2lf
        GPRINT:aload:MAX:%6.2lf\\j
        HRULE:10#E08E00:warning 10:dashes
        HRULE:2#CC0000:critical 2:dashes
        HRULE:20#CC0000:critical 20:dashes
        COMMENT:\\l
        COMMENT:Last update\\: 12\\:00\\:0\\r
        """)
  }

  @Test func twoSidedGraphIsMunins() {
    let graph = graph(
      [
        "graph_title": "eth0 traffic", "graph_vlabel": "bits in / out per ${graph_period}",
        "graph_order": "down up", "graph_args": "--base 1000",
      ],
      [
        Field("up", label: "bps", type: .derive, negative: "down", cdef: "up,8,*"),
        Field("down", label: "received", type: .derive, cdef: "down,8,*", graph: false),
      ])
    let lines = command(graph).elements
    #expect(command(graph).options.contains("bits in / out per second"))
    #expect(
      lines.joined(separator: "\n") == """
        DEF:aup=/db/up.rrd:42:MAX
        DEF:iup=/db/up.rrd:42:MIN
        DEF:gup=/db/up.rrd:42:AVERAGE
        DEF:adown=/db/down.rrd:42:MAX
        DEF:idown=/db/down.rrd:42:MIN
        DEF:gdown=/db/down.rrd:42:AVERAGE
        CDEF:acdefdown=adown,8,*
        CDEF:icdefdown=idown,8,*
        CDEF:gcdefdown=gdown,8,*
        CDEF:ccdefdown=gcdefdown
        CDEF:acdefup=aup,8,*
        CDEF:icdefup=iup,8,*
        CDEF:gcdefup=gup,8,*
        CDEF:ccdefup=gcdefup
        COMMENT:\("   ")
        COMMENT:Cur (-/+)
        COMMENT:Min (-/+)
        COMMENT:Avg (-/+)
        COMMENT:Max (-/+) \\j
        LINE1:gcdefup#00CC00:bps\(" ")
        GPRINT:ccdefdown:LAST:%6.2lf%s/\\g
        GPRINT:ccdefup:LAST:%6.2lf%s
        GPRINT:icdefdown:MIN:%6.2lf%s/\\g
        GPRINT:icdefup:MIN:%6.2lf%s
        GPRINT:gcdefdown:AVERAGE:%6.2lf%s/\\g
        GPRINT:gcdefup:AVERAGE:%6.2lf%s
        GPRINT:acdefdown:MAX:%6.2lf%s/\\g
        GPRINT:acdefup:MAX:%6.2lf%s\\j
        CDEF:re_zero=gcdefdown,UN,0,0,IF
        CDEF:ngcdefdown=gcdefdown,-1,*
        LINE1:ngcdefdown#00CC00
        LINE1:re_zero#000000
        COMMENT:Last update\\: 12\\:00\\:0\\r
        """)
  }

  @Test func stacksAndTotalAreMunins() {
    let graph = graph(
      ["graph_title": "Memory", "graph_total": "Total", "graph_args": "--base 1024"],
      [
        Field("apps", label: "apps", draw: "AREA"), Field("cache", label: "cache", draw: "STACK"),
        Field("swap", label: "swap: used", draw: "LINE2", colour: "COLOUR30"),
      ])
    let elements = command(graph).elements.filter { element in
      !["DEF:", "CDEF:c", "GPRINT:c"].contains { element.hasPrefix($0) }
    }
    #expect(
      elements.joined(separator: "\n") == """
        COMMENT:\("          ")
        COMMENT: Cur\\:
        COMMENT:Min\\:
        COMMENT:Avg\\:
        COMMENT:Max\\:  \\j
        AREA:gapps#00CC00:apps\("       ")
        GPRINT:iapps:MIN:%7.2lf%s
        GPRINT:gapps:AVERAGE:%7.2lf%s
        GPRINT:aapps:MAX:%7.2lf%s\\j
        STACK:gcache#0066B3:cache\("      ")
        GPRINT:icache:MIN:%7.2lf%s
        GPRINT:gcache:AVERAGE:%7.2lf%s
        GPRINT:acache:MAX:%7.2lf%s\\j
        LINE2:gswap#0066B3:swap\\: used\(" ")
        GPRINT:iswap:MIN:%7.2lf%s
        GPRINT:gswap:AVERAGE:%7.2lf%s
        GPRINT:aswap:MAX:%7.2lf%s\\j
        CDEF:ipostotal=iapps,icache,ADDNAN,iswap,ADDNAN
        CDEF:gpostotal=gapps,gcache,ADDNAN,gswap,ADDNAN
        CDEF:apostotal=aapps,acache,ADDNAN,aswap,ADDNAN
        LINE1:gpostotal#000000:Total\("      ")
        GPRINT:gpostotal:LAST:%7.2lf%s
        GPRINT:ipostotal:MIN:%7.2lf%s
        GPRINT:gpostotal:AVERAGE:%7.2lf%s
        GPRINT:apostotal:MAX:%7.2lf%s\\j
        COMMENT:Last update\\: 12\\:00\\:0\\r
        """)
  }

  @Test(arguments: [
    ("AREA STACK STACK", "AREA STACK STACK"),
    ("STACK LINE", "LINE1 LINE1"),
    ("AREASTACK AREASTACK AREASTACK", "AREA STACK STACK"),
    ("LINESTACK2 LINESTACK2", "LINE2 STACK"),
    ("LINE0.5 LINE3 line2", "LINE0.5 LINE3 LINE2"),
    ("LINE99 LINEx AREA:g PIE", "LINE1 LINE1 LINE1 LINE1"),
  ])
  func drawIsMunins(draws: String, elements: String) {
    let fields = draws.split(separator: " ").enumerated().map {
      Field("f\($0)x", draw: String($1))
    }
    let drawn = command(graph([:], fields)).elements.filter { $0.contains("#") }
    #expect(drawn.map { $0.prefix { $0 != ":" } }.joined(separator: " ") == elements)
  }

  @Test(arguments: [
    (GraphPeriod.hour, " - by hour", noon - 3900, noon + 100),
    (.day, " - by day", noon - 2000 * 60, noon),
    (.week, " - by week", (noon + 109) / 1500 * 1500 - 12000 * 60, (noon + 109) / 1500 * 1500),
    (.month, " - by month", (noon + 109) / 7200 * 7200 - 48000 * 60, (noon + 109) / 7200 * 7200),
    (.year, " - by year", (noon + 109) / 86400 * 86400 - 400 * 86400, (noon + 109) / 86400 * 86400),
    (.range(start: 1000, end: 2000), " - from 12:00:40 to 12:00:20", 1000, 2000),
    (.range(start: 2000, end: 1000), " - from 12:00:20 to 12:00:40", 2000, 2001),
  ])
  func periodsAreMunins(period: GraphPeriod, suffix: String, start: Int, end: Int) {
    let command = command(graph(["graph_title": "T"], []), period, now: noon + 109)
    #expect(
      command.options.prefix(6)
        == ["--title", "T" + suffix, "--start", String(start), "--end", String(end)])
  }

  @Test func tenSecondsAreAPixelOfAnHour() throws {
    let options = command(graph([:], []), .hour).options
    let start = try #require(Int(options[3]))
    let end = try #require(Int(options[5]))
    #expect((end - start) / 400 == 10)
  }

  @Test func fieldWithoutFileIsLeftOut() {
    let graph = graph(
      ["graph_total": "Total"],
      [
        Field("a", label: "quite a long label"), Field("b", negative: "a"),
        Field("c", cdef: "a,c,+"),
      ])
    let command = command(graph, without: ["a"])
    #expect(!command.elements.contains { $0.contains("long label") || $0.contains("ga") })
    #expect(command.elements.contains("LINE1:gb#00CC00:b     "))
    #expect(command.elements.contains("CDEF:gpostotal=gb"))
    #expect(command.findings.count == 1)
    #expect(command.findings.first?.hasPrefix("c.cdef: 'a,c,+' is not an expression") == true)
  }

  @Test func graphWithoutFilesSaysSo() {
    let command = command(graph([:], [Field("a")]), without: ["a"])
    #expect(command.elements == ["HRULE:0#00000000", "COMMENT:no data yet\\c"])
  }

  @Test func periodAndCdefWorkTogether() {
    let graph = graph(
      ["graph_period": "minute"],
      [
        Field("a", label: "per ${graph_period}", type: .derive), Field("b"),
        Field("c", type: .counter, cdef: "c,a,+"),
      ])
    let elements = command(graph).elements
    #expect(elements.contains("CDEF:gcdefa=ga,60,*"))
    #expect(elements.contains("LINE1:gcdefa#00CC00:per minute "))
    #expect(elements.contains { $0.hasPrefix("LINE1:gb#") })
    // As in munin, each field is scaled once; the cdef of one that stands before counts.
    #expect(elements.contains("CDEF:icdefc=ic,60,*,icdefa,+"))
  }

  /// munin's rule: behind a field with a cdef its name means what the cdef makes of it.
  @Test func aFieldBehindSeesWhatTheCdefMade() {
    let elements = command(
      graph(
        [:],
        [
          Field("a", cdef: "a,8,*"), Field("b", cdef: "a,b,+"), Field("c", cdef: "d,c,+"),
          Field("d", cdef: "d,2,*"),
        ])
    ).elements
    #expect(elements.contains("CDEF:gcdefb=gcdefa,gb,+"))
    #expect(elements.contains("CDEF:gcdefc=gd,gc,+"))
  }

  /// The row that has only begun would be a fall to 0 where unknown values count as 0.
  @Test func aFilledPictureEndsWithTheLastWholeRow() {
    var request = GraphRequest(period: .week, now: noon)
    let ends = [false, true].map { endsEarly in
      request.endsEarly = endsEarly
      let options = GraphCommand(graph([:], [Field("a")]), request) {
        GraphSource(path: "/db/\($0.name).rrd", lastUpdate: noon, step: 300)
      }.options
      return options.firstIndex(of: "--end").flatMap { Int(options[$0 + 1]) } ?? 0
    }
    #expect(ends[0] - ends[1] == 1800)
  }

  @Test func staleValueIsNotCurrent() {
    let fresh = command(graph([:], [Field("a")]), now: noon + 890)
    #expect(fresh.elements.contains("CDEF:ca=ga"))
    let stale = command(graph([:], [Field("a")]), now: noon + 1000)
    #expect(stale.elements.contains("CDEF:ca=ga,POP,UNKN"))
    #expect(stale.elements.contains("VRULE:\(noon)#999999"))
  }

  @Test func hiddenFieldsStillCount() {
    let graph = graph(
      ["graph_order": "b -a"],
      [Field("a", label: "a very long label"), Field("b", cdef: "b,a,/"), Field("c", graph: false)])
    let elements = command(graph).elements
    #expect(elements.contains("CDEF:gcdefb=gb,ga,/"))
    #expect(elements.contains("LINE1:gcdefb#00CC00:b "))
    #expect(!elements.contains { $0.contains("ga#") || $0.contains("gc#") })
  }

  @Test(arguments: [
    ("10:ff0000:limit: 10", "HRULE:10#ff0000:limit\\: 10"),
    ("-2.5", "HRULE:-2.5#00CC00"),
    ("1e3:COLOUR1", "HRULE:1000#0066B3"),
    ("x:ff0000", ""), ("ga", ""), ("", ""), ("5:zz0000:a=b", "HRULE:5#00CC00:legend=a=b"),
  ])
  func lineIsARule(line: String, rule: String) {
    var field = Field("a")
    field["line"] = line
    let rules = command(graph([:], [field])).elements.filter { $0.hasPrefix("HRULE") }
    #expect(rules.joined() == rule)
  }

  @Test func sharedLimitsAreDrawnOnce() {
    let fields = (0..<3).map { Field("f\($0)x", warning: ":90", critical: ":95") }
    let rules = command(graph([:], fields)).elements.filter { $0.hasPrefix("HRULE") }
    #expect(
      rules == ["HRULE:90#E08E00:warning 90:dashes", "HRULE:95#CC0000:critical 95:dashes"])
  }

  @Test func aShareOfAnotherFieldIsALineThatMoves() {
    let fields = [
      Field("used", cdef: "used,8,*", warning: "10:80% of total", critical: ":95% of gone"),
      Field("total", cdef: "total,8,*", graph: false),
    ]
    let elements = command(graph([:], fields)).elements
    #expect(elements.contains("HRULE:10#E08E00:warning 10:dashes"), "\(elements)")
    let place = elements.firstIndex(of: "CDEF:warning-1=gcdeftotal,80,*,100,/")
    #expect(place.map { elements[$0 + 1] } == "LINE1:warning-1#E08E00:warning 80% of total:dashes")
    // What is not in the picture, as a field of another graph, is left out.
    #expect(!elements.contains { $0.contains("CC0000") }, "\(elements)")
  }

  @Test func manyLimitsHaveNoNumbersInTheLegend() {
    let fields = (1...5).map { Field("f\($0)x", warning: ":\($0)") }
    let elements = command(graph([:], fields)).elements
    #expect(elements.contains("HRULE:5#E08E00:dashes") && !elements.contains("COMMENT:\\l"))
  }

  @Test(arguments: [
    ("--base 1024", "1048576", "1 Mi"), ("--base 1000", "20000", "20 k"), ("", "0.5", "0.5"),
    ("", "9999", "9999"),
  ])
  func limitsHaveTheGraphsPrefixes(args: String, limit: String, text: String) {
    let graph = graph(["graph_args": args], [Field("a", critical: limit)])
    #expect(command(graph).elements.contains("HRULE:\(limit)#CC0000:critical \(text):dashes"))
  }

  @Test func theNewestValueIsAtTheRightEdge() {
    var request = GraphRequest(period: .newest(.day), now: noon + 190)
    request.newest = ["a": 7, "b": 3]
    let graph = graph([:], [Field("a"), Field("b", cdef: "b,8,*"), Field("c")])
    let command = GraphCommand(graph, request) {
      GraphSource(path: "/db/\($0.name).rrd", lastUpdate: noon + 180)
    }
    // The row of noon is the last whole one; that of the newest value ends at noon + 300.
    #expect(command.options[3...5] == ["\(noon + 300 - 108_000)", "--end", "\(noon + 300)"])
    #expect(command.options[1].hasSuffix(" - last 30 hours"))
    let elements = command.elements
    #expect(elements.contains("CDEF:ea=TIME,\(noon),GT,7.0,ga,IF"))
    #expect(elements.contains("CDEF:eb=TIME,\(noon),GT,3.0,gb,IF"))
    #expect(elements.contains("CDEF:ec=gc"))
    #expect(elements.contains("CDEF:ecdefb=eb,8,*"))
    #expect(elements.contains("LINE1:ea#00CC00:a "))
    #expect(elements.contains("CDEF:ccdefb=ecdefb"))
  }

  @Test(arguments: [
    (0, 10, GraphPeriod.Span.minutes), (1300, 10, .minutes), (1400, 10, .hours), (0, 60, .hours),
    (0, 300, .day), (36_000, 300, .day), (37_000, 300, .week), (9_000_000, 300, .month),
  ])
  func theSpanHoldsTheTroubleAndTheTimeBefore(seconds: Int, step: Int, span: GraphPeriod.Span) {
    #expect(GraphPeriod.Span.holding(seconds, step: step) == span)
  }

  @Test func sizesAreBounded() {
    let graph = graph(["graph_width": "999999999", "graph_height": "-7"], [])
    let options = command(graph).options
    #expect(options.contains("4000") && options.contains("32"))
  }

  @Test func paletteGoesRound() {
    let fields = (0..<31).map { Field("f\($0)x") }
    let lines = command(graph([:], fields)).elements.filter { $0.hasPrefix("LINE") }
    let colours = lines.map { $0.split(separator: "#")[1].prefix(6) }
    #expect(colours[0] == colours[29] && Set(colours).count == 29)
    #expect(Palette("old")?[20] == "FB31FB" && Palette("old")?[21] == "22FF22")
    #expect(Palette("new") == nil)
  }

  @Test(arguments: [
    ("%5.1lf", "%5.1lf%s"), ("%3.0lf", "%3.0lf%s"), ("%8.2le", "%8.2le%s"),
    ("%s", "%6.2lf%s"), ("%lf%n", "%6.2lf%s"), ("%999.2lf", "%6.2lf%s"), ("%lf:x", "%6.2lf%s"),
    ("%6.2lf\\j", "%6.2lf%s"), ("%6.999lf", "%6.2lf%s"), ("", "%6.2lf%s"), ("%d", "%6.2lf%s"),
  ])
  func printfIsTakenWhenItIsANumber(printf: String, format: String) {
    let elements = command(graph(["graph_printf": printf], [Field("a")])).elements
    #expect(elements.contains("GPRINT:ca:LAST:" + format))
    #expect(elements.contains("GPRINT:ga:AVERAGE:%6.2lf%s"))
  }
}
