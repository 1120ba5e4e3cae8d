import MuninWire
import TestSupport
import Testing

@testable import Inventory

/// Graphs with fields that are made of fields of other graphs: how they are read, found and drawn.
@Suite struct VirtualGraphTests {
  /// A graph of attributes: `graph_order a b`, `all.sum x y`.
  private static func graph(_ lines: [String]) -> Graph {
    var graph = Graph(name: "piled")
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let names = words[0].split(separator: ".").map(String.init)
      if names.count == 1 {
        graph[names[0]] = words[1]
      } else {
        if graph.field(names[0]) == nil { graph.fields.append(Field(name: names[0])) }
        let index = graph.fields.firstIndex { $0.name == names[0] }!
        graph.fields[index][names[1]] = words[1]
      }
    }
    return graph
  }

  @Test(arguments: [
    ("load", "site;Together;piled;load site;Together;load site;load load"),
    ("load.load", "site;Together;piled;load;load site;Together;load;load site;load;load load;load"),
    (
      "web:load.load",
      "site;Together;piled;web;load;load site;Together;web;load;load site;web;load;load web;load;load"
    ),
    (
      "g;web.example:disk.sda.read",
      "site;Together;piled;g;web.example;disk;sda;read site;Together;g;web.example;disk;sda;read site;g;web.example;disk;sda;read g;web.example;disk;sda;read"
    ),
    (
      "g;web;load;load",
      "site;Together;piled;g;web;load;load site;Together;g;web;load;load site;g;web;load;load g;web;load;load"
    ),
    ("a/b:df.sda", nil),
    (
      "web:df./dev/sda",
      "site;Together;piled;web;df;_dev_sda site;Together;web;df;_dev_sda site;web;df;_dev_sda web;df;_dev_sda"
    ),
    (
      "web:df._dev_sda",
      "site;Together;piled;web;df;_dev_sda site;Together;web;df;_dev_sda site;web;df;_dev_sda web;df;_dev_sda"
    ),
    (
      "web:load.1min",
      "site;Together;piled;web;load;_min site;Together;web;load;_min site;web;load;_min web;load;_min"
    ),
    ("", nil), (":", nil), ("web:", nil), (":load.load", nil), ("a..b", nil), ("a;;b:c.d", nil),
    ("../x:y.z", nil), ("a b", nil), (String(repeating: "a", count: 401), nil),
    (String(repeating: "a.", count: 30) + "b", nil),
  ])
  func pathsAreLookedForFromTheirPlaceOutwards(text: String, candidates: String?) {
    let path = BorrowedPath(text)
    let found = path.map { path in
      path.candidates(from: ["site", "Together", "piled"]).map { $0.joined(separator: ";") }
        .joined(separator: " ")
    }
    #expect(found == candidates)
  }

  @Test(arguments: [
    // Borrowed under new names, in the order that is given.
    (["graph_order one=a:load.load two=b:load.load"], "one<a:load.load two<b:load.load own", ""),
    // A stack before all others, its holder not drawn; a label of a stacked field is no field of its own.
    (
      ["graph_order own", "one.label x", "pile.stack one=a:load.load two=b:load.load"],
      "one^a:load.load two^b:load.load own", ""
    ),
    // A sum where munin draws it: before what has values of its own.
    (["all.label all", "all.sum a:load.load b:load.load"], "all+a:load.load,b:load.load own", ""),
    (["all.sum x=a:load.load y=b:load.load"], "all+a:load.load,b:load.load own", ""),
    (["graph_order -h=a:load.load own"], "-h<a:load.load own", ""),
    (["graph_sources h=a:load.load", "graph_order own"], "-h<a:load.load own", ""),
    // The first of two with one name.
    (["graph_order x=a:load.load x=b:load.load"], "x<a:load.load own", ""),
    // What nobody has.
    (
      ["graph_order own", "r.label r", "r.cdef own,2,*"], "own",
      "r: neither a field of the service, nor borrowed, nor a sum: not drawn"
    ),
    (
      ["all.sum a: b:load.load"], "all+b:load.load own",
      "all: sum: expected group;host:service.field, found 'a:'"
    ),
    // As it is written, not as it was read.
    (
      ["graph_order 1a=b: own"], "own",
      "_a: graph_order: expected name=group;host:service.field, found '1a=b:'"
    ),
    (["all.sum  "], "own", "all: sum: names no field"),
    (
      ["pile.stack one=a:load.load", "pile.warning 5"], "one^a:load.load own",
      "pile: warning: no effect at a stack: expected at one of its fields"
    ),
    // The master's rule cleans the new names as it does all names of fields.
    (["graph_order 1a-b=a:load.load"], "_a_b<a:load.load own", ""),
  ])
  func descriptionsAreReadAsMuninDoes(lines: [String], order: String, findings: String) {
    var graph = Self.graph(lines)
    if graph.field("own") == nil { graph.fields.append(Field("own")) }
    let virtual = VirtualGraph(graph, own: ["own"])
    let found = virtual.order.map { name, field in
      guard let field else { return name }
      let sign =
        switch field.kind {
        case .borrowed: "<"
        case .sum: "+"
        case .stacked: "^"
        }
      return (field.isHidden ? "-" : "") + name + sign
        + field.members.map(\.description).joined(separator: ",")
    }.joined(separator: " ")
    #expect(found == order)
    #expect(
      virtual.findings.map { "\($0.attribute): \($0.text)" }.joined(separator: "; ") == findings)
  }

  // MARK: - Members

  /// A world of fields `g;web01:load.load` and graphs of its own.
  private static func resolve(
    _ lines: [String: [String]], real: Set<String>, _ graph: String, _ field: String
  ) -> String {
    let graphs = lines.mapValues { VirtualGraph(Self.graph($0), own: []) }
    let made = graphs[graph]!.field(field)!
    let resolution: MemberResolution<String> = made.resolve(from: ["g", "sums", graph]) { names in
      let text = names.joined(separator: ";")
      var found = FoundField<String>()
      if real.contains(text) { found.real = text }
      if names.count == 4, names.starts(with: ["g", "sums"]),
        let virtual = graphs[names[2]]?.field(names[3])
      {
        found.virtual = (virtual, Array(names.dropLast()))
      }
      return found.real == nil && found.virtual == nil ? nil : found
    }
    let missing = resolution.missing.map { "\($0.path) \($0.reason.rawValue)" }
    return (resolution.isSum ? "sum " : "") + resolution.found.map(\.real).joined(separator: " ")
      + (missing.isEmpty ? "" : " without " + missing.joined(separator: ", "))
  }

  @Test func membersAreFoundAndMissingOnesNamed() {
    let real: Set = ["g;a;load;load", "g;b;load;load", "h;c;load;load"]
    func members(_ lines: [String], of field: String = "all") -> String {
      Self.resolve(["x": lines], real: real, "x", field)
    }
    #expect(members(["all.sum a:load.load b:load.load"]) == "sum g;a;load;load g;b;load;load")
    #expect(
      members(["all.sum a:load.load c:load.load"])
        == "sum g;a;load;load without c:load.load not found")
    #expect(members(["all.sum h;c:load.load"]) == "sum h;c;load;load")
    #expect(members(["graph_order all=b:load.load"]) == "g;b;load;load")
    #expect(members(["graph_order all=nosuch.load"]) == " without nosuch.load not found")
  }

  @Test func sumsOfSumsAreTheSumOfTheirMembers() {
    let real: Set = ["g;a;load;load", "g;b;load;load"]
    let lines = [
      "x": ["all.sum a:load.load b:load.load"], "y": ["twice.sum x.all x.all"],
      "z": ["graph_order alias=y.twice"],
    ]
    let twice = "sum g;a;load;load g;b;load;load g;a;load;load g;b;load;load"
    #expect(Self.resolve(lines, real: real, "y", "twice") == twice)
    #expect(Self.resolve(lines, real: real, "z", "alias") == twice)
  }

  @Test func fieldsThatReferToThemselvesEnd() {
    #expect(
      Self.resolve(["x": ["all.sum all"]], real: [], "x", "all")
        == "sum  without all refers to itself")
    #expect(
      Self.resolve(
        ["x": ["a.sum y.b"], "y": ["b.sum x.a g;n:load.load"]], real: ["g;n;load;load"], "x", "a")
        == "sum g;n;load;load without x.a refers to itself")
    // A field that is drawn under its own name is none.
    #expect(
      Self.resolve(["x": ["graph_order a=a"]], real: ["g;sums;x;a"], "x", "a") == "g;sums;x;a")
  }

  /// Every sum has the one before twice: 2^40 members, or none at all.
  @Test(arguments: ["s0.sum g;n:load.load", "s0.sum nosuch", "s0.sum s0"])
  func sumsThatDoubleEnd(first: String) {
    var lines = [first]
    for index in 1...40 { lines.append("s\(index).sum s\(index - 1) s\(index - 1)") }
    let text = Self.resolve(["x": lines], real: ["g;n;load;load"], "x", "s40")
    #expect(text.contains("more members than can be added"))
  }

  // MARK: - Drawing

  private static func plain(
    _ lines: [String], _ members: [String: [String]], sums: Set<String> = [],
    without: Set<String> = []
  ) -> [String] {
    var graph = Self.graph(lines)
    if graph.field("own") == nil { graph.fields.append(Field("own")) }
    let drawing = VirtualDrawing(
      VirtualGraph(graph, own: ["own"]),
      members: members.mapValues { files in
        (
          files.map {
            VirtualDrawing.Member(file: $0, field: Field("load", type: .derive, draw: "AREA"))
          }, false
        )
      }.merging(
        sums.map { name in
          (
            name,
            (
              members[name]!.map {
                VirtualDrawing.Member(file: $0, field: Field("load", type: .derive, draw: "AREA"))
              }, true
            )
          )
        }, uniquingKeysWith: { $1 }), own: ["own": "own"])
    let (plain, files) = drawing.plain { !without.contains($0) }
    return plain.fields.map { field in
      let words = ["label", "draw", "type", "cdef", "graph"].compactMap { word in
        field[word].map { "\(word)=\($0)" }
      }
      return "\(field.name) \(files[field.name] ?? "-") " + words.joined(separator: " ")
    }
  }

  @Test func borrowedFieldsTakeTheirLooksFromTheirSource() {
    #expect(
      Self.plain(
        ["graph_order one=a:load.load two=b:load.load own", "two.label second", "two.draw LINE2"],
        ["one": ["A"], "two": ["B"]]) == [
          "one A label=one draw=AREA type=DERIVE", "two B label=second draw=LINE2 type=DERIVE",
          "own own label=own",
        ])
  }

  @Test func sumsAreDrawnAsMuninDraws() {
    let lines = ["all.sum a:load.load b:load.load c:load.load", "all.label total"]
    // Its place in munin's order is behind `own`, which the plugin describes first.
    #expect(
      Self.plain(lines, ["all": ["A", "B", "C"]], sums: ["all"]) == [
        "z1_0 A label=z1_0 type=DERIVE cdef=z1_0,UN,0,z1_0,IF graph=no",
        "z1_1 B label=z1_1 type=DERIVE cdef=z1_1,UN,0,z1_1,IF graph=no",
        "all C label=total type=DERIVE cdef=all,UN,0,all,IF,z1_0,ADDNAN,z1_1,ADDNAN",
        "own own label=own",
      ])
    // A cdef is over the sum.
    #expect(
      Self.plain(lines + ["all.cdef all,8,*"], ["all": ["A", "B"]], sums: ["all"])[1]
        == "all B label=total type=DERIVE cdef=all,UN,0,all,IF,z1_0,ADDNAN,8,*")
  }

  @Test func aMemberWithoutAFileDoesNotEmptyTheSum() {
    let lines = ["all.sum a:load.load b:load.load", "all.label total"]
    #expect(
      Self.plain(lines, ["all": ["A", "B"]], sums: ["all"], without: ["B"])[0]
        == "all A label=total type=DERIVE cdef=all,UN,0,all,IF")
    #expect(
      Self.plain(lines, ["all": ["A", "B"]], sums: ["all"], without: ["A", "B"])
        == ["own own label=own"])
  }

  @Test func stacksBeginWithTheirHoldersLooks() {
    let lines = [
      "pile.stack one=a:load.load two=b:load.load three=c:load.load", "pile.draw AREA",
      "pile.cdef pile,8,*", "three.onlynullcdef yes", "graph_order pile",
    ]
    let members = ["one": ["A"], "two": ["B"], "three": ["C"]]
    #expect(
      Self.plain(lines, members) == [
        "one A label=one draw=AREA type=DERIVE cdef=one,UN,0,one,IF,8,*",
        "two B label=two draw=STACK type=DERIVE cdef=two,UN,0,two,IF,8,*",
        "three C label=three draw=STACK type=DERIVE cdef=three,UN,0,three,IF", "own own label=own",
      ])
    #expect(
      Self.plain(lines, members, without: ["A"])[0]
        == "two B label=two draw=AREA type=DERIVE cdef=two,UN,0,two,IF,8,*")
  }
}
