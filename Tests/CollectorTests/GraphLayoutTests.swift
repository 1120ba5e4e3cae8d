import Limits
import MuninWire
import RRD
import Recording
import Settings
import Testing

@testable import Collector

/// What munin.conf makes of a node's graph.
@Suite struct GraphLayoutTests {
  private static let start = "dbdir /db\n"
  private static let plain =
    "graph_title Load\nload.label load\nload.warning 5\nusers.label users\n"

  private func layout(
    _ conf: String, _ config: String = plain, service: String = "load", graph: Int = 0,
    location: SourceLocation = #_sourceLocation
  ) throws -> GraphLayout {
    let parsed = MasterSettings.parse([SettingsFile(name: "munin.conf", text: Self.start + conf)])
    #expect(parsed.problems == [], sourceLocation: location)
    let answer = ConfigAnswer(Array(config.utf8).span, service: service)
    let host = try #require(parsed.settings.hosts.first, sourceLocation: location)
    return GraphLayout(answer.graphs[graph], host: host, settings: parsed.settings)
  }

  /// The files of the fields, of the host `h` in group `g` where nothing else is said.
  private func paths(_ layout: GraphLayout, _ start: String = "/db/g/h") -> [String] {
    layout.fields.map { start + $0.file.ending }
  }

  /// What each field is judged by, as `load 5 10 3`: warning, critical, tolerated.
  /// A limit of one number is the upper end of a range.
  private func thresholds(_ layout: GraphLayout) -> [String] {
    layout.fields.map {
      "\($0.name) \($0.rules?.warning?.range.description ?? "-") "
        + "\($0.rules?.critical?.range.description ?? "-") \($0.rules?.unknownLimit.count ?? 3)"
    }
  }

  @Test(arguments: [
    // The plugin's own.
    ("[g;h]\naddress a\n", ["load :5 - 3", "users - - 3"]),
    // The field's place in munin.conf goes before the plugin,
    ("[g;h]\naddress a\nload.load.warning 7\n", ["load :7 - 3", "users - - 3"]),
    ("[g;h]\naddress a\n[g;h:load.load]\nwarning 7\n", ["load :7 - 3", "users - - 3"]),
    // a wider place after it.
    ("[g;h]\naddress a\nload.warning 8\nload.critical 9\n", ["load :5 :9 3", "users :8 :9 3"]),
    ("[g;h]\naddress a\nwarning 8\ncritical 9\n", ["load :5 :9 3", "users :8 :9 3"]),
    ("[g;]\nwarning 8\nunknown_limit 1\n[g;h]\naddress a\n", ["load :5 - 1", "users :8 - 1"]),
    ("critical 20\nunknown_limit 5\n[g;h]\naddress a\n", ["load :5 :20 5", "users - :20 5"]),
    // The nearest wider place wins.
    (
      "warning 1\n[g;]\nwarning 2\n[g;h]\naddress a\nwarning 3\nload.warning 4\n",
      ["load :5 - 3", "users :4 - 3"]
    ),
    ("warning 1\n[g;]\nwarning 2\n[g;h]\naddress a\nwarning 3\n", ["load :5 - 3", "users :3 - 3"]),
    ("warning 1\n[g;]\nwarning 2\n[g;h]\naddress a\n", ["load :5 - 3", "users :2 - 3"]),
    ("[g;h]\naddress a\nload.users.unknown_limit 0\n", ["load :5 - 3", "users - - 3"]),
    // Another service's or host's is not ours.
    ("[g;h]\naddress a\ncpu.load.warning 7\n", ["load :5 - 3", "users - - 3"]),
    ("[g;h]\naddress a\n[g;i]\naddress b\nload.load.warning 7\n", ["load :5 - 3", "users - - 3"]),
  ])
  func thresholdsComeFromTheNearestPlace(conf: String, expected: [String]) throws {
    #expect(thresholds(try layout(conf)) == expected)
  }

  /// munin judges a service that has a threshold of its own; a host's alone would judge every graph of the host.
  @Test func aHostsThresholdAloneJudgesNothing() throws {
    let config = "graph_title Load\nload.label load\n"
    for conf in ["[g;h]\naddress a\nwarning 5\n", "critical 5\n[g;h]\naddress a\n"] {
      #expect(thresholds(try layout(conf, config)) == ["load - - 3"])
    }
    #expect(
      thresholds(try layout("[g;h]\naddress a\nload.warning 6\n", config)) == ["load :6 - 3"])
  }

  /// A threshold that the plugin gives for its whole graph.
  @Test func aGraphsThresholdIsForItsFields() throws {
    let config = "graph_title Load\nwarning 5\na.label a\nb.label b\nb.warning 6\n"
    #expect(
      thresholds(try layout("[g;h]\naddress a\nwarning 8\n", config)) == ["a :5 - 3", "b :6 - 3"])
  }

  @Test func aThresholdThatIsNotARangeIsNamed() throws {
    let layout = try layout(
      "[g;h]\naddress a\n", "graph_title L\nload.label l\nload.warning 92%\n")
    #expect(
      layout.findings == [
        "load: warning: '92%' is a share of the field's max, but the field has no max: write '92% of FIELD' or '92% of 16G'"
      ])
    #expect(layout.fields[0].rules == nil)
  }

  @Test func titlesAndLabelsAreOverridden() throws {
    let layout = try layout(
      "[g;h]\naddress a\nload.graph_title Mine\nload.load.label own\nload.load.colour ff0000\n"
        + "load.graph_category Fun\nload.nosuch.label none\n")
    #expect(layout.graph.title == "Mine" && layout.graph.category == "fun")
    #expect(layout.graph.fields[0].colour == "ff0000")
    #expect(layout.graph.fields.map(\.label) == ["own", "users"])
  }

  /// munin-update makes no use of these; here the files follow munin.conf too.
  @Test func whatIsStoredFollowsMuninConf() throws {
    let layout = try layout(
      "[g;h]\naddress a\nload.load.type DERIVE\nload.load.min 5\nload.graph_data_size huge\n"
        + "load.load.oldname last-load\n",
      "graph_title L\nload.label l\nload.type COUNTER\nload.max 100\n")
    let field = layout.fields[0]
    #expect(field.file.ending == "-load-load-d.rrd")
    #expect(field.file.formerEnding == "-load-last_load-d.rrd")
    #expect(field.spec.type == .derive && field.shared.type == .derive)
    #expect(field.spec.min == "5" && field.spec.max == "100")
    #expect(field.shared.possible.min == 5)
    #expect(field.spec.archives.map { [$0.steps, $0.rows] } == [[1, 115_200]])
    #expect(layout.findings == [])
  }

  /// A service's are for its fields that say nothing; a field's own in munin.conf goes before the plugin's.
  @Test func aServicesTypeAndLimitsAreForFieldsThatSayNothing() throws {
    let layout = try layout(
      "[g;h]\naddress a\nload.type DERIVE\nload.min 0\nload.max 100\nload.draw AREA\nload.c.max U\n",
      "graph_title L\na.label a\nb.label b\nb.type COUNTER\nb.max 7\nb.draw LINE2\nc.label c\nc.max 5\n"
    )
    #expect(layout.fields.map(\.spec.type) == [.derive, .counter, .derive])
    #expect(layout.fields.map(\.spec.min) == ["0", "0", "0"])
    #expect(layout.fields.map(\.spec.max) == ["100", "7", "U"])
    #expect(layout.graph.fields.map(\.draw) == ["AREA", "LINE2", "AREA"])
  }

  /// Both words in the plugin's config first, then in munin.conf's; what is set for the very graph or field before that.
  @Test(arguments: [
    ("", "", 300, [1, 576]),
    ("", "graph_data_size huge\n", 300, [1, 115_200]),
    ("", "update_rate 10\ngraph_data_size custom 1d, 5m for 9d\n", 10, [1, 9504]),
    ("", "update_rate 10\n", 300, [1, 576]),
    ("graph_data_size custom 1d\n", "update_rate 10\n", 10, [1, 9504]),
    ("graph_data_size huge\n", "graph_data_size normal\n", 300, [1, 576]),
    ("update_rate 60\n", "graph_data_size custom 1d\n", 60, [1, 1584]),
    ("[g;]\ngraph_data_size huge\n", "", 300, [1, 115_200]),
    ("graph_data_size huge\n[g;]\ngraph_data_size custom 5\n", "", 300, [1, 6]),
    ("[g;h]\ngraph_data_size huge\n", "", 300, [1, 115_200]),
    ("[g;h]\ngraph_data_size custom 1d\nupdate_rate 30\n", "", 30, [1, 3168]),
    ("[g;h]\ngraph_data_size huge\n", "graph_data_size normal\n", 300, [1, 576]),
    ("[g;h]\nload.graph_data_size huge\n", "graph_data_size normal\n", 300, [1, 115_200]),
    ("[g;h]\nload.load.graph_data_size huge\n", "graph_data_size normal\n", 300, [1, 115_200]),
    ("[g;h]\nload.users.graph_data_size huge\n", "", 300, [1, 576]),
    (
      "[g;h]\nload.update_rate 20\n", "update_rate 10\ngraph_data_size custom 1d\n", 20, [1, 4752]
    ),
    ("", "load.graph_data_size huge\n", 300, [1, 115_200]),
  ])
  func theSizeIsThePluginsThenMuninConfs(conf: String, config: String, step: Int, first: [Int])
    throws
  {
    let field = try layout("\(conf)[g;h]\naddress a\n", Self.plain + config).fields[0]
    #expect(field.spec.step == step && field.spec.heartbeat == 2 * step)
    #expect(field.spec.archives.first.map { [$0.steps, $0.rows] } == first)
  }

  /// As in munin: the parts of a multigraph have nothing from the first.
  @Test func aPartOfAMultigraphHasItsOwnSize() throws {
    let config = """
      multigraph a
      graph_title A
      graph_data_size huge
      x.label x
      multigraph a.b
      graph_title B
      x.label x

      """
    let conf = "[g;h]\naddress a\n"
    let rows = try [0, 1].map {
      try layout(conf, config, service: "a", graph: $0).fields[0].spec.archives.count
    }
    #expect(rows == [1, 4])
  }

  @Test(arguments: [
    (
      "", "graph_data_size what\n",
      "graph_data_size: expected normal, huge or a list such as custom 1d, 5m for 7d, found 'what': ignored"
    ),
    ("", "update_rate often\n", "update_rate: expected seconds, found 'often': ignored"),
    (
      "", "graph_data_size custom 1d, 1m for 1w\n",
      "graph_data_size: 60 s for 604800 s is finer than update_rate 300: left out"
    ),
    ("", "load.min 5\nload.max 5\n", "load: max 5 is not above min 5: both ignored"),
    (
      "load.load.max 3\n", "load.min 5\n",
      "munin.conf:4: load: max 3 is not above min 5: both ignored"
    ),
    ("load.min 7\n", "load.max 5\n", "munin.conf:4: load: max 5 is not above min 7: both ignored"),
  ])
  func whatContradictsIsAFindingWithItsPlace(conf: String, config: String, finding: String) throws {
    let layout = try layout("[g;h]\naddress a\n\(conf)", Self.plain + config)
    #expect(layout.findings.first == finding)
    #expect(layout.fields[0].spec.step == 300 && !layout.fields[0].spec.archives.isEmpty)
  }

  @Test func aSizeOfWhichNothingIsLeftIsTheNormalOne() throws {
    let layout = try layout("[g;h]\naddress a\n", Self.plain + "graph_data_size custom 1m\n")
    #expect(layout.fields[0].spec.archives == RoundRobinLayout.normalArchives)
    #expect(layout.findings.last == "graph_data_size: nothing is left of it: taken as normal")
  }

  /// A group's or the top level's counts where the plugin says nothing.
  @Test func aGraphInheritsItsAttributes() throws {
    let conf = "graph_width 600\n[g;]\ngraph_period minute\ngraph_vlabel things\n[g;h]\naddress a\n"
    let plain = try layout(conf)
    #expect(plain.graph["graph_width"] == "600" && plain.graph.period == "minute")
    #expect(plain.graph.vlabel == "things")
    let own = try layout(conf, Self.plain + "graph_width 500\ngraph_vtitle own\n")
    #expect(own.graph["graph_width"] == "500" && own.graph.vlabel == "own")
  }

  @Test func aNestedGraphHasItsOwnPlaceAndInherits() throws {
    let config = """
      multigraph disk
      graph_title Disks
      sda.label sda
      multigraph disk.sda
      graph_title Disk sda
      used.label used
      used.warning 70

      """
    let nested = try layout(
      "[g;h]\naddress a\ndisk.sda.graph_title Mine\ndisk.sda.graph no\ndisk.sda.critical 90\n",
      config, service: "disk", graph: 1)
    #expect(nested.graph.title == "Mine" && nested.graph["graph"] == "no")
    #expect(thresholds(nested) == ["used :70 :90 3"])
    #expect(paths(nested) == ["/db/g/h-disk-sda-used-g.rrd"])
    let outer = try layout(
      "[g;h]\naddress a\ndisk.critical 80\n", config, service: "disk", graph: 1)
    #expect(thresholds(outer) == ["used :70 :80 3"])
    let field = try layout(
      "[g;h]\naddress a\ndisk.sda.used.warning 75\n", config, service: "disk", graph: 1)
    #expect(thresholds(field) == ["used :75 - 3"])
  }

  @Test(arguments: [
    ("[g;h]\naddress a\n", 300, 600, 600),
    ("update_rate 10\n[g;h]\naddress a\n", 300, 600, 20),
    ("graph_data_size huge\nupdate_rate 60\n[g;h]\naddress a\n", 300, 600, 120),
    ("update_rate 10\ngraph_data_size custom 1d, 5m for 7d\n[g;h]\naddress a\n", 10, 20, 20),
    // The rate of the service counts, else that of the node: the top level's only where neither has one.
    ("[g;h]\naddress a\nupdate_rate 10\n", 300, 600, 20),
    ("[g;h]\naddress a\nload.update_rate 60\n", 300, 600, 120),
    ("[g;h]\naddress a\nload.update_rate 5\n", 300, 600, 20),
    ("update_rate 10\n[g;h]\naddress a\nload.update_rate 1h\n", 300, 600, 7200),
    ("[g;h]\naddress a\nupdate_rate 10\nmunin_compatible yes\n", 300, 600, 600),
  ])
  func theStepIsMunins(conf: String, step: Int, heartbeat: Int, freshness: Int) throws {
    let field = try layout(conf).fields[0]
    #expect(field.spec.step == step && field.spec.heartbeat == heartbeat)
    #expect(field.shared.freshness == freshness)
  }

  @Test func archivesAreMunins() throws {
    let normal = try layout("[g;h]\naddress a\n").fields[0].spec.archives
    #expect(normal.map { [$0.steps, $0.rows] } == [[1, 576], [6, 432], [24, 540], [288, 450]])
    let own = try layout(
      "update_rate 10\ngraph_data_size custom 1d, 5m for 7d, 1h for 30d\n[g;h]\naddress a\n")
    #expect(
      own.fields[0].spec.archives.map { [$0.steps, $0.rows] }
        == [[1, 9504], [30, 2217], [360, 792]])
  }

  /// A plugin that is slower than the others keeps its values fresh for longer; with a custom size, its step too.
  @Test func aPluginsOwnRateCounts() throws {
    let config = "graph_title L\nupdate_rate 1h\nload.label l\n"
    let normal = try layout("[g;h]\naddress a\n", config).fields[0]
    #expect(normal.spec.step == 300 && normal.shared.freshness == 7200)
    let own = try layout(
      "update_rate 10\ngraph_data_size custom 1d, 1h for 30d\n[g;h]\naddress a\n", config
    ).fields[0]
    #expect(own.spec.step == 3600 && own.spec.heartbeat == 7200)
    let quick = try layout("[g;h]\naddress a\n", config.replacing("1h", with: "10")).fields[0]
    #expect(quick.shared.freshness == 600)
  }

  @Test func pathsAreMunins() throws {
    let layout = try layout(
      "[grp;sub;host2]\naddress a\n",
      "multigraph mm.s1\ngraph_title T\na.label a\nb.label b\nb.type ABSOLUTE\nb.oldname old\n")
    #expect(
      paths(layout, "/db/grp/sub/host2") == [
        "/db/grp/sub/host2-mm-s1-a-g.rrd", "/db/grp/sub/host2-mm-s1-b-a.rrd",
      ])
    #expect(
      layout.fields.map(\.file.formerEnding) == [nil, "-mm-s1-old-a.rrd"])
    let host = HostSettings(groups: ["grp", "sub"], name: "host2")
    #expect(host.fileStart(in: "/db") == "/db/grp/sub/host2")
  }

  @Test(arguments: [
    "../../etc/passwd", "..", "a/b", "a/../../b", ".", "x\u{0}y", "%2e%2e%2f", "a b",
  ])
  func hostileNamesStayBelowDbdir(name: String) throws {
    for config in [
      "graph_title T\n\(name).label a\n", "multigraph \(name)\ngraph_title T\na.label a\n",
      "multigraph a.\(name)\ngraph_title T\na.label a\n",
      "graph_title T\na.label a\na.oldname \(name)\n",
    ] {
      let answer = ConfigAnswer(Array(config.utf8).span, service: name)
      let parsed = MasterSettings.parse([
        SettingsFile(name: "c", text: Self.start + "[g;h]\naddress a\n")
      ])
      for graph in answer.graphs {
        let layout = GraphLayout(graph, host: parsed.settings.hosts[0], settings: parsed.settings)
        for path in layout.fields.flatMap({
          [$0.file.ending, $0.file.formerEnding ?? $0.file.ending]
        })
        .map({ parsed.settings.hosts[0].fileStart(in: "/db") + $0 }) {
          #expect(path.hasPrefix("/db/g/h-"))
          #expect(path.dropFirst("/db/g/".count).allSatisfy { $0 != "/" && $0 != "\u{0}" })
        }
      }
    }
  }
}
