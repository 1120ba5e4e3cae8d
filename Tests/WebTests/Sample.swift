import Collector
import EventLoop
import HTTP
import Limits
import MuninWire
import RRD
import TestSupport
import Testing

@testable import Web

/// A small world to make pages of: two groups, three nodes, one of which is silent.
struct Sample {
  /// 2023-11-14 22:13:20 UTC.
  static let now = 1_700_000_000

  var snapshot: Snapshot

  /// - Parameter directory: where the RRD files are, or would be.
  init(directory: String = "/nonexistent") {
    let web = Self.node("web01.example.org", ["example.org"], directory)
    var silent = Self.node("db.example.org", ["example.org"], directory)
    silent.trouble = "connect 192.0.2.7:4949: Connection refused"
    silent.troubleSince = Self.now - 4000
    silent.lastAnswer = Self.now - 4010
    silent.graphs = []
    var lab = Self.node("probe", ["lab", "rack 2"], directory)
    lab.graphs = lab.graphs.filter { ["load", "memory"].contains($0.graph.name) }
    lab.graphs[0].fields[0].level = .ok
    snapshot = Snapshot(
      state: CollectorState(time: Self.now, started: Self.now - 100_000, updateRate: 10),
      nodes: [web, silent, lab])
  }

  static func node(_ name: String, _ groups: [String], _ directory: String) -> NodeView {
    let graphs = graphs.map { graph in
      GraphView(
        graph: graph, updated: now - 4,
        fields: graph.fields.map { field in
          let file = rrdFile(
            group: groups, host: name, service: graph.name, field: field.name, type: field.type)
          return FieldView(
            name: field.name, label: field.label ?? field.name, path: directory + "/" + file,
            value: 0.42, warning: field.warning, critical: field.critical)
        })
    }
    var node = NodeView(
      groups: groups, name: name, address: name + ":4949", isPolled: true, lastAnswer: now - 4,
      duration: 0.012, graphs: graphs.sorted { $0.graph.name < $1.graph.name })
    node.change("load", "load") { field in
      field.value = 5.1
      field.level = .critical
      field.since = now - 700
      field.extinfo = "since the backup"
    }
    node.change("memory", "free") { field in
      field.value = 734_003_200
      field.level = .warning
      field.since = now - 90
    }
    node.change("disk.sda", "read") { field in
      field.value = nil
      field.level = .unknown
      field.since = now - 90_000
    }
    return node
  }

  static let graphs: [Graph] = [
    graph(
      "load",
      Graph(
        "Load average", category: "system", args: "--base 1000 -l 0", vlabel: "load", scale: false,
        info: "How many processes want to run, on average over five minutes.",
        fields: [
          Field("load", info: "5 minute average", warning: ":4", critical: ":5")
        ])),
    graph(
      "cpu",
      Graph(
        "CPU usage", category: "system", args: "--base 1000 -r --lower-limit 0 --upper-limit 400",
        vlabel: "%", scale: false,
        fields: [
          Field("system", type: .derive, min: 0, draw: "AREA"),
          Field("user", type: .derive, min: 0, draw: "STACK"),
          Field("idle", type: .derive, min: 0, draw: "STACK"),
        ])),
    graph(
      "memory",
      Graph(
        "Memory usage", category: "system", args: "--base 1024 -l 0", vlabel: "Bytes",
        fields: [
          Field("apps", draw: "AREA", info: "Memory of programs."), Field("cached", draw: "STACK"),
          Field("free", draw: "STACK", warning: "1073741824:", critical: "268435456:"),
        ])),
    graph(
      "if_eth0",
      Graph(
        "eth0 traffic", category: "network", args: "--base 1000", vlabel: "bits",
        fields: [Field("down", graph: false), Field("up", label: "bps", negative: "down")])),
    graph(
      "disk",
      Graph(
        "Disk throughput", category: "disk", fields: [Field("sda", info: "Both directions.")])),
    graph(
      "disk.sda",
      Graph("Throughput of sda", category: "disk", fields: [Field("read"), Field("write")])),
  ]

  private static func graph(_ name: String, _ graph: Graph) -> Graph {
    var graph = graph
    graph.name = name
    return graph
  }

  /// Makes every RRD file, with values up to now.
  func makeFiles(points: Int = 60, every seconds: Int = 10) async throws {
    let writer = RRDWriter()
    for node in snapshot.nodes {
      for service in node.graphs {
        for (index, field) in service.fields.enumerated() {
          let archives = [
            RoundRobinLayout.Archive(steps: 1, rows: 400),
            RoundRobinLayout.Archive(steps: 30, rows: 400),
          ]
          let spec = RRDSpec(step: 10, heartbeat: 2 * seconds + 10, archives: archives)
          let start = Self.now - 4 - points * seconds
          try await writer.create(field.path, spec, start: start)
          var random = Noise(UInt64(index + service.graph.name.utf8.count))
          var height = 3.0
          let values = (1...points).map { point in
            height = min(max(height + .random(in: -0.3...0.3, using: &random), 0.3), 6)
            let scale = service.graph.base == 1024 ? 1e9 : service.graph.name == "cpu" ? 20 : 1
            return (time: start + point * seconds, text: formatted(height * scale, digits: 2))
          }
          try await writer.update(field.path, values)
        }
      }
    }
  }

  /// A site of it, on a clock that stands still.
  func site(_ grapher: RRDGrapher = RRDGrapher(), publicPath: String = "") -> Site {
    Site(
      source: snapshot, grapher: grapher, clock: LoopClock(standingAt: Self.now), version: "1.0",
      publicPath: publicPath)
  }
}

extension NodeView {
  mutating func change(_ service: String, _ field: String, _ body: (inout FieldView) -> Void) {
    guard let index = graphs.firstIndex(where: { $0.graph.name == service }),
      let position = graphs[index].fields.firstIndex(where: { $0.name == field })
    else { return }
    body(&graphs[index].fields[position])
  }
}

/// The answer to a path, as text.
@LoopActor
func page(_ site: Site, _ target: String) async throws -> (response: HTTPResponse, text: String) {
  var response = await site.answer(try #require(HTTPRequest(target)))
  while let part = response.stream?.next() {
    response.body += part
    await EventLoop.main.turned()
  }
  response.stream = nil
  return (response, String(decoding: response.body, as: UTF8.self))
}
