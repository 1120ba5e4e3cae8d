import EventLoop
import Inventory
import Limits
import MuninWire
import RRD
import Settings
import TestSupport
import Testing

@testable import Collector

/// Graphs of borrowed fields are drawn as munin-graph 2.0.73 draws them, from the same munin.conf.
@Suite struct VirtualPictureTests {
  private static let conf = """
    [site;Together]
        update no
        beside.graph_title Beside
        beside.graph_order one=a;one.x:load.load two=b;two.x:load.load gone=b;two.x:nosuch.load
        piled.graph_title Piled
        piled.holder.stack one=a;one.x:load.load two=b;two.x:load.load
        piled.holder.draw AREA
        piled.holder.label holder
        added.graph_title Added
        added.graph_order all other
        added.all.sum a;one.x:load.load b;two.x:load.load
        added.all.label all
        added.other.sum a;one.x:if_eth0.up b;two.x:if_eth0.up
        added.other.label othersum
        added.other.cdef other,8,*
        added.other.draw AREA
        min.graph_title Per min
        min.graph_period minute
        min.graph_order u=a;one.x:if_eth0.up
    """

  /// What munin-graph gives to librrd (`--debug`), without the options and what follows the last field.
  private static let muninGraph = [
    "beside": #"""
    DEF:atwo=b/two.x-load-load-g.rrd:42:MAX
    DEF:itwo=b/two.x-load-load-g.rrd:42:MIN
    DEF:gtwo=b/two.x-load-load-g.rrd:42:AVERAGE
    DEF:aone=a/one.x-load-load-g.rrd:42:MAX
    DEF:ione=a/one.x-load-load-g.rrd:42:MIN
    DEF:gone=a/one.x-load-load-g.rrd:42:AVERAGE
    CDEF:cone=gone
    COMMENT:    
    COMMENT: Cur\:
    COMMENT:Min\:
    COMMENT:Avg\:
    COMMENT:Max\:  \j
    AREA:gone#00CC00:one  
    GPRINT:cone:LAST:%6.2lf%s
    GPRINT:ione:MIN:%6.2lf%s
    GPRINT:gone:AVERAGE:%6.2lf%s
    GPRINT:aone:MAX:%6.2lf%s\j
    CDEF:ctwo=gtwo
    LINE1:gtwo#0066B3:two  
    GPRINT:ctwo:LAST:%6.2lf%s
    GPRINT:itwo:MIN:%6.2lf%s
    GPRINT:gtwo:AVERAGE:%6.2lf%s
    GPRINT:atwo:MAX:%6.2lf%s\j
    """#,
    "piled": #"""
    DEF:atwo=b/two.x-load-load-g.rrd:42:MAX
    DEF:itwo=b/two.x-load-load-g.rrd:42:MIN
    DEF:gtwo=b/two.x-load-load-g.rrd:42:AVERAGE
    DEF:aone=a/one.x-load-load-g.rrd:42:MAX
    DEF:ione=a/one.x-load-load-g.rrd:42:MIN
    DEF:gone=a/one.x-load-load-g.rrd:42:AVERAGE
    CDEF:cone=gone
    CDEF:acdefone=aone,UN,0,aone,IF
    CDEF:icdefone=ione,UN,0,ione,IF
    CDEF:gcdefone=gone,UN,0,gone,IF
    CDEF:ccdefone=gcdefone
    COMMENT:   
    COMMENT: Cur\:
    COMMENT:Min\:
    COMMENT:Avg\:
    COMMENT:Max\:  \j
    AREA:gcdefone#00CC00:one 
    GPRINT:ccdefone:LAST:%6.2lf%s
    GPRINT:icdefone:MIN:%6.2lf%s
    GPRINT:gcdefone:AVERAGE:%6.2lf%s
    GPRINT:acdefone:MAX:%6.2lf%s\j
    CDEF:ctwo=gtwo
    CDEF:acdeftwo=atwo,UN,0,atwo,IF
    CDEF:icdeftwo=itwo,UN,0,itwo,IF
    CDEF:gcdeftwo=gtwo,UN,0,gtwo,IF
    CDEF:ccdeftwo=gcdeftwo
    STACK:gcdeftwo#0066B3:two 
    GPRINT:ccdeftwo:LAST:%6.2lf%s
    GPRINT:icdeftwo:MIN:%6.2lf%s
    GPRINT:gcdeftwo:AVERAGE:%6.2lf%s
    GPRINT:acdeftwo:MAX:%6.2lf%s\j
    """#,
    "added": #"""
    DEF:az2_1=b/two.x-if_eth0-up-d.rrd:42:MAX
    DEF:iz2_1=b/two.x-if_eth0-up-d.rrd:42:MIN
    DEF:gz2_1=b/two.x-if_eth0-up-d.rrd:42:AVERAGE
    DEF:az2_0=a/one.x-if_eth0-up-d.rrd:42:MAX
    DEF:iz2_0=a/one.x-if_eth0-up-d.rrd:42:MIN
    DEF:gz2_0=a/one.x-if_eth0-up-d.rrd:42:AVERAGE
    DEF:az1_1=b/two.x-load-load-g.rrd:42:MAX
    DEF:iz1_1=b/two.x-load-load-g.rrd:42:MIN
    DEF:gz1_1=b/two.x-load-load-g.rrd:42:AVERAGE
    DEF:az1_0=a/one.x-load-load-g.rrd:42:MAX
    DEF:iz1_0=a/one.x-load-load-g.rrd:42:MIN
    DEF:gz1_0=a/one.x-load-load-g.rrd:42:AVERAGE
    CDEF:acdefz1_0=az1_0,UN,0,az1_0,IF
    CDEF:icdefz1_0=iz1_0,UN,0,iz1_0,IF
    CDEF:gcdefz1_0=gz1_0,UN,0,gz1_0,IF
    CDEF:ccdefz1_0=gcdefz1_0
    CDEF:acdefz1_1=az1_1,UN,0,az1_1,IF,acdefz1_0,ADDNAN
    CDEF:icdefz1_1=iz1_1,UN,0,iz1_1,IF,icdefz1_0,ADDNAN
    CDEF:gcdefz1_1=gz1_1,UN,0,gz1_1,IF,gcdefz1_0,ADDNAN
    CDEF:ccdefz1_1=gcdefz1_1
    COMMENT:        
    COMMENT: Cur\:
    COMMENT:Min\:
    COMMENT:Avg\:
    COMMENT:Max\:  \j
    LINE1:gcdefz1_1#00CC00:all      
    GPRINT:ccdefz1_1:LAST:%6.2lf%s
    GPRINT:icdefz1_1:MIN:%6.2lf%s
    GPRINT:gcdefz1_1:AVERAGE:%6.2lf%s
    GPRINT:acdefz1_1:MAX:%6.2lf%s\j
    CDEF:acdefz2_0=az2_0,UN,0,az2_0,IF
    CDEF:icdefz2_0=iz2_0,UN,0,iz2_0,IF
    CDEF:gcdefz2_0=gz2_0,UN,0,gz2_0,IF
    CDEF:ccdefz2_0=gcdefz2_0
    CDEF:acdefz2_1=az2_1,UN,0,az2_1,IF,acdefz2_0,ADDNAN,8,*
    CDEF:icdefz2_1=iz2_1,UN,0,iz2_1,IF,icdefz2_0,ADDNAN,8,*
    CDEF:gcdefz2_1=gz2_1,UN,0,gz2_1,IF,gcdefz2_0,ADDNAN,8,*
    CDEF:ccdefz2_1=gcdefz2_1
    AREA:gcdefz2_1#0066B3:othersum 
    GPRINT:ccdefz2_1:LAST:%6.2lf%s
    GPRINT:icdefz2_1:MIN:%6.2lf%s
    GPRINT:gcdefz2_1:AVERAGE:%6.2lf%s
    GPRINT:acdefz2_1:MAX:%6.2lf%s\j
    """#,
    "min": #"""
    DEF:au=a/one.x-if_eth0-up-d.rrd:42:MAX
    DEF:iu=a/one.x-if_eth0-up-d.rrd:42:MIN
    DEF:gu=a/one.x-if_eth0-up-d.rrd:42:AVERAGE
    CDEF:acdefu=au,60,*
    CDEF:icdefu=iu,60,*
    CDEF:gcdefu=gu,60,*
    CDEF:ccdefu=gcdefu
    COMMENT: 
    COMMENT: Cur\:
    COMMENT:Min\:
    COMMENT:Avg\:
    COMMENT:Max\:  \j
    LINE1:gcdefu#00CC00:u 
    GPRINT:ccdefu:LAST:%6.2lf%s
    GPRINT:icdefu:MIN:%6.2lf%s
    GPRINT:gcdefu:AVERAGE:%6.2lf%s
    GPRINT:acdefu:MAX:%6.2lf%s\j
    """#,
  ]

  /// What two nodes have.
  private static let real: [String: Field] = [
    "a;one.x;load;load": Field("load", draw: "AREA", info: "theinfo", warning: "5"),
    "b;two.x;load;load": Field("load"),
    "a;one.x;if_eth0;up": Field(
      "up", label: "bps", type: .derive, negative: "down", cdef: "up,8,*"),
    "b;two.x;if_eth0;up": Field("up", label: "bps", type: .derive, negative: "down"),
  ]

  /// What stands at a place, with the file that munin has for it.
  private static func member(at names: [String]) -> FoundField<MemberSource>? {
    guard names.count == 4, let field = real[names.joined(separator: ";")] else { return nil }
    let file = "\(names[0])/\(names[1])-\(names[2])-\(names[3])-\(field.type.letter).rrd"
    return FoundField(
      real: MemberSource(
        node: "\(names[0]);\(names[1])", file: file, description: { field }, value: 1,
        isFirst: false))
  }

  @Test(arguments: ["beside", "piled", "added", "min"])
  func argumentsAreThoseOfMuninGraph(name: String) async throws {
    try await onTestLoop {
      let parsed = MasterSettings.parse([SettingsFile(name: "munin.conf", text: Self.conf)])
      #expect(parsed.problems == [])
      let host = try #require(parsed.settings.hosts.first)
      let virtual = VirtualGraph(
        Graph(name: name), own: [], on: host, in: parsed.settings,
        parsed.settings.overrides(for: host))
      let record = VirtualGraphRecord(virtual, host: host, settings: parsed.settings)
      record.evaluate(
        now: 1_700_000_000, own: { _ in nil }, find: Self.member, silence: { _ in nil })
      let view = record.view(over: nil, SeriesJudge())
      let (graph, files, isFilled) = view.plain { _ in true }
      let command = GraphCommand(
        graph, GraphRequest(period: .day, now: 1_700_000_000), clock: { "\($0)" }
      ) { field in
        files[field.name].map { GraphSource(path: $0, lastUpdate: 1_700_000_000) }
      }
      // A sum is drawn under its own name, where munin gives its last member another.
      var munins = try #require(Self.muninGraph[name]).split(separator: "\n").map {
        String($0).replacing("z1_1", with: "all").replacing("z2_1", with: "other")
      }
      // munin counts the label of a field that it does not find.
      if name == "beside" {
        munins = munins.map {
          $0 == "COMMENT:    "
            ? "COMMENT:   "
            : $0.replacing(":one  ", with: ":one ").replacing(":two  ", with: ":two ")
        }
      }
      // munin names the current value of stacked fields twice and makes use of one.
      munins.removeAll { ["CDEF:cone=gone", "CDEF:ctwo=gtwo"].contains($0) && name == "piled" }
      // It computes each field directly before it is drawn, which makes no difference.
      let elements = command.elements.filter { !$0.hasPrefix("COMMENT:Last update") }
      func parts(_ all: [String]) -> [[String]] {
        [all.filter { $0.hasPrefix("CDEF:") }, all.filter { !$0.hasPrefix("CDEF:") }]
      }
      let (ours, theirs) = (parts(elements), parts(munins))
      #expect(ours == theirs)
      #expect(command.findings == [])
      // munin ends these one row earlier.
      #expect(isFilled == ["piled", "added"].contains(name))
    }
  }
}
