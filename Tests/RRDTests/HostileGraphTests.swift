import Glibc
import MuninWire
import TestSupport
import Testing

@testable import RRD

@Suite struct HostileGraphTests {
  @Test(arguments: [
    ("--base 1000 -l 0 --upper-limit 100 -r", "--base 1000 -l 0 --upper-limit 100 -r"),
    ("--lower-limit=0 -u100 -rl5", "--lower-limit 0 -u 100 -r -l 5"),
    ("-l -5 --logarithmic", "-l -5 --logarithmic"),
    ("--vertical-label 'per second' -Y", "--vertical-label per second -Y"),
    ("--color CANVAS#FFFFFF -cBACK#00000080", "--color CANVAS#FFFFFF -c BACK#00000080"),
    ("--right-axis 0.1:5 --units=si -X 0", "--right-axis 0.1:5 --units si -X 0"),
    ("--imginfo /etc/passwd", ""), ("--imginfo=%s", ""), ("-f %n%n", ""),
    ("--daemon unix:/run/x --base 1024", "--base 1024"),
    ("/etc/cron.d/x", ""), ("-- /etc/cron.d/x --base 1000", "--base 1000"), ("-", ""),
    ("DEF:x=/etc/shadow:42:MAX LINE1:x#000000", ""),
    ("--imgformat SVG --lazy --start 0 -e now --title x --width 9 --zoom 100", ""),
    ("--font DEFAULT:900: -n TITLE:9:x --pango-markup --watermark x --full-size-mode", ""),
    ("--y-grid 0.000001:1 -x SECOND:1:MINUTE:1:HOUR:1:0:%n --y-grid none", "--y-grid none"),
    ("--upper-limit 1e308 -l nan -l inf -u 1e-300 --border 5000 -L 99999", ""),
    ("--base 7 --base", ""), ("--rigid=yes", ""), ("-rf x", "-r"), ("--left-axis-format %s%n", ""),
    ("--vertical-label --imginfo", "--vertical-label --imginfo"),
  ])
  func onlyHarmlessOptionsPass(args: String, passed: String) {
    #expect(GraphOptions(args).words.joined(separator: " ") == passed)
  }

  @Test(arguments: [
    ("a b", "a|b"), ("  a\tb ", "a|b"), ("'a b' \"c d\"e", "a b|c de"), ("a\\ b", "a b"),
    ("'a\\b' \"a\\b\\\"\"", "a\\b|a\\b\""), ("'' x", "|x"), ("'open", "open"), ("", ""),
  ])
  func wordsAreSplitAsAShellDoes(text: String, words: String) {
    #expect(shellWords(text).joined(separator: "|") == words)
  }

  @Test(arguments: [
    ("a", "ga"), ("a,8,*", "ga,8,*"), ("a, b ,+", "ga,gb,+"), ("MIN,2,*", "gMIN,2,*"),
    ("a,UN,0,a,IF", "ga,UN,0,ga,IF"), ("a,b,2,AVG", "ga,gb,2,AVG"),
    ("PREV(a),a,-", "PREV(ga),ga,-"),
    ("a,600,TREND", "ga,600,TREND"), ("a,DUP,*", "ga,DUP,*"),
    ("a,b,2,SORT,POP", "ga,gb,2,SORT,POP"),
    ("a,-1.5e-3,*", "ga,-1.5e-3,*"), ("a,1E3,*", nil),
    ("", nil), (",", nil), ("c", nil), ("a,b", nil), ("a,+", nil), ("5", nil), ("a,5", nil),
    ("a,POP", nil), ("TIME,5,%", nil), ("a,9,AVG", nil), ("a,b,b,AVG", nil), ("a,-1,AVG", nil),
    ("a,999999999,COPY", nil), ("a,5,5,ROLL", nil), ("a,99,INDEX", nil), ("a,DEPTH", nil),
    ("86400,-7,1800,a,PREDICT", nil), ("a,b,TREND", nil), ("a:x", nil), ("a,8,*:b", nil),
    ("a,8,*\nDEF:x=/etc/passwd:42:MAX", nil), ("PREV(c)", nil), ("a,0x10,*", nil),
    ("a,99999999999999999999,AVG", nil),
  ])
  func expressionIsUnderstood(cdef: String, text: String?) {
    let expression = Expression(cdef, names: ["a": "a", "b": "b", "MIN": "MIN"])
    #expect(expression?.text(prefix: "g") == text)
  }

  @Test func seededBytesAreExpressionsOrNot() {
    var random = Noise(7)
    let words = [
      "a", "b", ",", "8", "*", "+", "IF", "AVG", "PREV(", ")", "SORT", " ", "2", "TREND", ",", ",",
    ]
    for _ in 0..<20_000 {
      let text = (0..<Int(random.next() % 12)).map { _ in words[Int(random.next() % 16)] }.joined()
      if let expression = Expression(text, names: ["a": "a", "b": "b"]) {
        #expect(!expression.text(prefix: "g").contains(":"))
      }
      let bytes = (0..<Int(random.next() % 60)).map { _ in UInt8(truncatingIfNeeded: random.next())
      }
      let noise = String(decoding: bytes, as: UTF8.self)
      _ = Expression(noise, names: [:])
      _ = GraphOptions(noise)
      _ = isNumberFormat(noise)
      _ = GraphText.argument(GraphText.label(noise))
    }
  }

  /// What passes the filter may be nonsense, but ends in a picture or in an error.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "-l 1e30 -u -1e30", "-l 1e30 -r", "-u -1e30 -r", "-l -1e30 -u 1e30 -r", "-o -l -5", "-o -r",
      "-o -l 1e-30 -u 1e30 -r", "-X 18 -b 1024 -L 1", "-A -M -J -Y -I -g -F", "-l 5 -u 5 -r",
      "-l 1e29 -u 1.0000000000001e29 -r -Y", "-Y -l 0 -u 1e-30 -r", "--right-axis 0:0",
      "--right-axis 1e30:1e30 --right-axis-format %30.30lf", "--right-axis -1:5 --units si -o",
      "--left-axis-format %99lf", "--legend-position west --legend-direction bottomup -T 200",
      "-S 1 -Z -N -i -E -R mono -G mono --border 10", "-Y -l 1 -u 1.000000000000001 -r -A",
    ])
  func allowedNonsenseEnds(args: String) async throws {
    let scratch = Scratch()
    let path = scratch.file("a")
    #expect(await RRDWriter().apply(updates(path, ["1", "2", "3"])) == [])
    let graph = Graph("Nonsense", category: "x", args: args, fields: [Field("a")])
    for period in [GraphPeriod.hour, .year] {
      do throws(RRDError) {
        let picture = try await RRDGrapher().picture(
          of: graph, GraphRequest(period: period, now: noon + 700)
        ) { _ in path }
        #expect(picture.png.count > 100)
      } catch {
        #expect(error.description.hasPrefix("cannot draw the graph: "))
      }
    }
  }

  /// Everything a node can say, at its worst: librrd draws a picture and reads no other file.
  @Test(arguments: [
    "debug=7", "stack=1", "legend=x", "color=zz", "vname=gother", "dashes=x", "linewidth=-1",
    "STACK", "strftime", "skipscale", "C:\\temp\\", "a\\j", "a\\", "\\t", "%n%s%d", "%",
    ":::", "a:b#c", "\u{0}x", "line\nbreak", "Ünïcödé – 温度", "\u{1F426}\u{200D}\u{2B1B}",
    "<b>bold</b>", "-l", "--imginfo", "=", "", String(repeating: "ß:", count: 500),
    String(repeating: "\\", count: 300),
  ])
  func hostileTextIsDrawnAsText(text: String) async throws {
    let scratch = Scratch()
    let path = scratch.path + "/a:b=c d/\(text.isEmpty ? "e" : "f")-g.rrd"
    #expect(await RRDWriter().apply(updates(path, ["1", "2"])) == [])
    var field = Field("a", label: text, colour: text, info: text, warning: text, critical: text)
    field["line"] = "1:ff0000:\(text)"
    field["draw"] = text
    var other = Field("b", label: text + " ")
    other["line"] = text
    var graph = Graph(text, category: text, vlabel: text, fields: [field, other, Field("olour")])
    graph["graph_total"] = text
    graph["graph_printf"] = text
    let picture = try await RRDGrapher().picture(
      of: graph, GraphRequest(period: .hour, now: noon + 400)
    ) { _ in path }
    #expect(picture.png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
  }
}
