import EventLoop
import Recording
import TestNodes
import TestSupport
import Testing

@testable import Collector
@testable import RRD

@Suite(.timeLimit(.minutes(1))) struct HistoryExportTests {
  private static let series = HistoryExport.Series(
    path: "/x", node: "g,h;\"web\"", graph: "disk.sda", field: "rd")
  private static let rows = [
    RRDRows(start: 600, step: 600, values: [1, .nan]),
    RRDRows(start: 1500, step: 300, values: [0.25, .infinity, 1e21]),
  ]

  @Test(arguments: [
    (
      HistoryExport.Format.csv,
      """
      time,node,graph,field,value
      600,"g,h;""web""\",disk.sda,rd,1.0
      1500,"g,h;""web""\",disk.sda,rd,0.25
      2100,"g,h;""web""\",disk.sda,rd,1e+21

      """
    ),
    (
      .jsonl,
      """
      {"time":600,"node":"g,h;\\"web\\"","graph":"disk.sda","field":"rd","value":1.0}
      {"time":1500,"node":"g,h;\\"web\\"","graph":"disk.sda","field":"rd","value":0.25}
      {"time":2100,"node":"g,h;\\"web\\"","graph":"disk.sda","field":"rd","value":1e+21}

      """
    ),
    (
      .openmetrics,
      """
      # TYPE munin_value gauge
      munin_value{node="g,h;\\"web\\"",graph="disk.sda",field="rd"} 1.0 600
      munin_value{node="g,h;\\"web\\"",graph="disk.sda",field="rd"} 0.25 1500
      munin_value{node="g,h;\\"web\\"",graph="disk.sda",field="rd"} 1e+21 2100
      # EOF

      """
    ),
  ])
  func eachFormatHasTheKnownValues(format: HistoryExport.Format, text: String) {
    #expect(
      HistoryExport.head(format) + HistoryExport.text(Self.rows, of: Self.series, format)
        + HistoryExport.end(format) == text)
  }

  /// The name of a file may hold any character, and names the series where the ledger knows none.
  @Test func namesWithControlCharactersStayReadable() {
    let odd = HistoryExport.Series(
      path: "/x", node: "g;h", graph: "a\u{1}b\nc\\", field: "f\t\"")
    let rows = [RRDRows(start: 600, step: 600, values: [1])]
    #expect(
      HistoryExport.text(rows, of: odd, .openmetrics)
        == "munin_value{node=\"g;h\",graph=\"a\u{1}b\\nc\\\\\",field=\"f\t\\\"\"} 1.0 600\n")
    #expect(
      HistoryExport.text(rows, of: odd, .jsonl)
        == "{\"time\":600,\"node\":\"g;h\",\"graph\":\"a\\u0001b\\u000ac\\\\\",\"field\":\"f\\u0009\\\"\",\"value\":1.0}\n"
    )
  }

  @Test func filesOfATargetAreFoundWithTheNamesOfTheLedger() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "disk",
          "multigraph disk\ngraph_title D\nsda.label s\nmultigraph disk.sda\ngraph_title S\nrd.label r",
          "multigraph disk\nsda.value 1\nmultigraph disk.sda\nrd.value 2")
      ])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      await station.collector.finish()
      let directory = station.scratch.path + "/db"
      for (target, found) in [
        ("g", ["disk.sda:rd", "disk:sda"]), ("g;web01", ["disk.sda:rd", "disk:sda"]),
        ("g;web01:disk", ["disk.sda:rd", "disk:sda"]), ("g;web01:disk.sda", ["disk:sda"]),
        ("g;web01:disk.sda.", ["disk.sda:rd"]), ("g;web01:disk.sda.rd", ["disk.sda:rd"]),
      ] {
        let export = try await HistoryExport(
          target, ledger: station.ledger, configured: ["g;web01"], directory: directory)
        #expect(export.series.map { "\($0.graph):\($0.field)" }.sorted() == found, "\(target)")
        #expect(export.series.allSatisfy { $0.node == "g;web01" })
      }
      // munin's own folder has no ledger: names are then as far as file names tell them.
      let export = try await HistoryExport(
        "g;web01", ledger: nil, configured: ["g;web01"], directory: directory)
      #expect(
        export.series.map { "\($0.graph):\($0.field)" }.sorted() == ["disk.sda:rd", "disk:sda"])
      await #expect(throws: HistoryError.self) {
        _ = try await HistoryExport(
          "g;none", ledger: nil, configured: [], directory: directory)
      }
    }
  }
}
