import MuninWire
import RRD
import Testing

@Suite struct RRDGrapherTests {
  let scratch = Scratch()
  let writer = RRDWriter()
  let grapher = RRDGrapher()

  /// Width and height of a PNG.
  private func size(_ png: [UInt8]) -> [Int] {
    [16, 20].map { png[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
  }

  @Test func pictureHasMuninsSize() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, (0..<100).map { String($0 % 7) }))
    let graph = Graph("Load", category: "system", fields: [Field("load")])
    let request = GraphRequest(period: .day, now: noon + 100 * 300)
    let picture = try await grapher.picture(of: graph, request) { _ in path }
    #expect(picture.png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(picture.findings == [])
    // The width is munin's; the height hangs on the fonts that are installed.
    let size = size(picture.png)
    #expect((481...510).contains(size[0]))
    #expect((260...290).contains(size[1]))
  }

  /// librrd takes the line of a share, which is not in the picture without it.
  @Test(arguments: [1, 6]) func aShareOfAnotherFieldIsDrawn(limits: Int) async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, (0..<100).map { String($0 % 7) }))
    func picture(_ share: String?) async throws -> Picture {
      let fields = (0..<limits).map { place in
        Field("f\(place)x", warning: share.map { ":\(place + 5)\($0)" })
      }
      return try await grapher.picture(
        of: Graph("Load", category: "system", fields: fields + [Field("total")]),
        GraphRequest(period: .day, now: noon + 100 * 300, width: 640, height: 360, fullSize: true)
      ) { _ in path }
    }
    let (with, without) = (try await picture("0% of total"), try await picture(nil))
    #expect(size(with.png) == [640, 360] && with.findings == [])
    #expect(with.png != without.png)
  }

  @Test func fullSizeIsTheWholePicture() async throws {
    let request = GraphRequest(
      period: .week, now: noon, width: 640, height: 360, fullSize: true, lowerLimit: 0,
      upperLimit: 10)
    let graph = Graph("Nothing", category: "system", fields: [Field("a")])
    let picture = try await grapher.picture(of: graph, request) { _ in nil }
    #expect(size(picture.png) == [640, 360])
  }

  @Test func valuesAreSeen() async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, (0..<20).map { String($0) }))
    let graph = Graph("Load", category: "system", fields: [Field("load")])
    let request = GraphRequest(period: .hour, now: noon + 20 * 300)
    let before = try await grapher.picture(of: graph, request) { _ in path }
    _ = await writer.apply(updates(path, ["50"], from: noon + 20 * 300))
    let after = try await grapher.picture(of: graph, request) { _ in path }
    #expect(before.png != after.png)
  }

  @Test func unreadableFileCostsItsFieldOnly() async throws {
    let path = scratch.file("good")
    _ = await writer.apply(updates(path, ["1", "2"]))
    let bad = scratch.file("bad")
    Scratch.write(Array("no file".utf8), to: bad)
    let graph = Graph("Two", category: "system", fields: [Field("good"), Field("bad")])
    let picture = try await grapher.picture(of: graph, GraphRequest(period: .day, now: noon + 600))
    {
      $0.name == "good" ? path : bad
    }
    #expect(picture.png.count > 1000)
  }

  @Test func everyKindOfGraphIsDrawn() async throws {
    let paths = (0..<4).map { scratch.file("f\($0)") }
    _ = await writer.apply(paths.flatMap { updates($0, (0..<50).map { String($0 * 3) }) })
    for draw in ["LINE2", "AREA", "AREASTACK", "LINESTACK1", "STACK"] {
      var fields = (0..<4).map { Field("f\($0)", draw: draw, warning: "3:90", critical: ":100") }
      fields[0]["negative"] = "f1"
      fields[2]["negative"] = "f3"
      fields[1]["graph"] = "no"
      fields[3]["cdef"] = "f3,f0,+,2,/"
      fields[3]["graph"] = "no"
      var graph = Graph(
        draw, category: "system", args: "--base 1024 -l 0", vlabel: "v", scale: false,
        fields: fields)
      graph["graph_total"] = "Total"
      for period in [
        GraphPeriod.hour, .day, .week, .month, .year, .range(start: noon, end: noon + 9000),
      ] {
        let picture = try await grapher.picture(
          of: graph, GraphRequest(period: period, now: noon + 15000)
        ) {
          field in paths[Int(field.name.dropFirst())!]
        }
        #expect(picture.png.count > 1000)
        #expect(picture.findings == [])
      }
    }
  }

  @Test func writingAndDrawingGoTogether() async throws {
    let path = scratch.file("busy")
    _ = await writer.apply(updates(path, ["1"]))
    let graph = Graph("Busy", category: "system", fields: [Field("busy")])
    let writer = writer
    async let failures = {
      var failures: [RRDFailure] = []
      for round in 1...200 {
        failures += await writer.apply(updates(path, [String(round)], from: noon + round * 300))
      }
      return failures
    }()
    for _ in 0..<20 {
      _ = try await RRDGrapher().picture(of: graph, GraphRequest(period: .day, now: noon)) { _ in
        path
      }
    }
    #expect(await failures == [])
  }

  @Test func vanishedFileIsNamed() async throws {
    let path = scratch.file("gone")
    let graph = Graph("Gone", category: "system", fields: [Field("gone")])
    let command = GraphCommand(graph, GraphRequest(period: .day, now: noon)) { _ in
      GraphSource(path: path, lastUpdate: noon)
    }
    let error = await #expect(throws: RRDError.self) { try await grapher.draw(command) }
    #expect(error?.description.contains(path) == true)
    #expect(error?.kind == .missing)
  }

  @Test(arguments: [(-5, 5), (0, 1 << 60), (Int.min, Int.max), (noon, noon), (1 << 50, 1 << 51)])
  func anyRangeIsDrawn(start: Int, end: Int) async throws {
    let path = scratch.file("load")
    _ = await writer.apply(updates(path, ["1", "2"]))
    let graph = Graph("Load", category: "system", fields: [Field("load")])
    let request = GraphRequest(period: .range(start: start, end: end), now: noon)
    #expect(try await grapher.picture(of: graph, request) { _ in path }.png.count > 1000)
  }
}
