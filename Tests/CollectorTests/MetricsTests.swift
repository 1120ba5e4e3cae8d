import EventLoop
import Inventory
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// `/metrics`: the newest values and the collector's health, as a strict reader of the format takes them.
@Suite(.timeLimit(.minutes(1))) struct MetricsTests {
  @LoopActor
  private static func text(_ station: Station) -> String {
    let metrics = station.collector.metrics()
    var bytes: [UInt8] = []
    while let part = metrics.next() {
      #expect(part.count < 2 * MetricsText.part)
      bytes += part
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func theNewestValueOfEachFieldIsThere() async throws {
    try await onTestLoop {
      let node = try TestNode([
        .init(
          "load", "graph_title L\nload.label l\nload.warning 5\nother.label o",
          "load.value 7\nother.value U"),
        .init("if_eth0", "graph_title I\nup.label u\nup.type DERIVE", "up.value 0"),
      ])
      defer { node.close() }
      let station = try await Station(
        [("a;g;web01", node)],
        more: "[g;Together]\nupdate no\nall.x.sum a;g;web01:load.load a;g;web01:load.load\n")
      await station.poll()
      node.says("if_eth0", "up.value 600")
      await station.poll()
      let read = try OpenMetricsReader(Self.text(station))
      func field(_ name: String, _ place: String) -> Double? {
        read.samples["apus_field_\(name){\(place)}"]
      }
      let web01 = "group=\"a;g\",host=\"web01\""
      #expect(field("value", "\(web01),service=\"load\",field=\"load\"") == 7)
      #expect(field("value", "\(web01),service=\"if_eth0\",field=\"up\"") == 2)
      #expect(field("level", "\(web01),service=\"load\",field=\"load\"") == 1)
      #expect(
        field("value", "group=\"g\",host=\"Together\",service=\"all\",field=\"x\"") == 14)
      // What is unknown is missing, as in every exporter.
      #expect(read.samples.keys.count { $0.hasPrefix("apus_field_value") } == 3)
      #expect(read.samples.keys.count { $0.hasPrefix("apus_field_level") } == 1)
      #expect(read.samples["apus_node_up{\(web01)}"] == 1)
      #expect(read.samples["apus_node_polls_total{\(web01)}"] == 2)
      #expect(read.samples["apus_node_poll_failures_total{\(web01)}"] == 0)
      #expect(read.samples["apus_collector_nodes"] == 2)
      #expect(read.samples["apus_values_lost_total{reason=\"refused\"}"] == 0)
    }
  }

  @Test func howLongServicesTakeIsThere() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label l", "load.value 7")])
      defer { node.close() }
      let station = try await Station([("g;web01", node)])
      await station.poll()
      // The station's clock stands still while a node answers.
      let name = "apus_service_duration_seconds"
      #expect(!Self.text(station).contains("\n\(name){"))
      var services = (0..<3000).map { PolledService(name: "s\($0)") }
      for index in services.indices { services[index].duration = Float(index) }
      @LoopActor func setTimes() {
        let list = ServiceNames(services.map(\.name).joined(separator: " "))
        station.collector.nodes[0].setTimes(of: services, list)
      }
      setTimes()
      // One that was not asked this time keeps its time, in whatever order the services are listed.
      services[2999].duration = 0
      services.swapAt(1, 2999)
      setTimes()
      let text = Self.text(station)
      let read = try OpenMetricsReader(text)
      #expect(read.samples.keys.count { $0.hasPrefix(name) } == 2999)
      #expect(read.samples["\(name){group=\"g\",host=\"web01\",service=\"s2999\"}"] == 2999)
      #expect(text.ranges(of: "# TYPE \(name) gauge").count == 1)
    }
  }

  @Test func aNodeThatDoesNotAnswerIsDown() async throws {
    try await onTestLoop {
      let node = try TestNode([.init("load", "graph_title L\nload.label l", "load.value 7")])
      let station = try await Station([("g;web01", node)])
      await station.poll()
      node.close()
      for _ in 1...3 { await station.poll() }
      let read = try OpenMetricsReader(Self.text(station))
      let place = "{group=\"g\",host=\"web01\"}"
      #expect(read.samples["apus_node_up\(place)"] == 0)
      #expect(read.samples["apus_node_poll_failures_total\(place)"] == 3)
      #expect(!read.samples.keys.contains { $0.hasPrefix("apus_field_value") })
    }
  }

  /// Each part is a few milliseconds of work, however many values there are.
  @Test func manyValuesComeInParts() async throws {
    try await onTestLoop {
      let names = (0..<2000).map { "f\($0)" }
      let services = (0..<3).map { service in
        TestNode.Service(
          "s\(service)", "graph_title L\n" + names.map { "\($0).label l" }.joined(separator: "\n"),
          names.map { "\($0).value 1" }.joined(separator: "\n"))
      }
      let node = try TestNode(services)
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "rrd_write off")
      await station.poll()
      let metrics = station.collector.metrics()
      var bytes: [UInt8] = []
      var parts = 0
      while let part = metrics.next() {
        parts += 1
        bytes += part
      }
      #expect(parts > 3)
      let read = try OpenMetricsReader(String(decoding: bytes, as: UTF8.self))
      #expect(read.samples.keys.count { $0.hasPrefix("apus_field_value") } == 6000)
      #expect(metrics.next() == nil)
    }
  }

  /// Nodes of which there is nothing to say take their time too.
  @Test func nodesWithoutSamplesComeInParts() async throws {
    try await onTestLoop {
      let nodes = (0..<100).map { "[g;n\($0)]\nupdate no\n" }.joined()
      let station = try await Station([], more: nodes)
      let metrics = station.collector.metrics()
      var empty = 0
      while let part = metrics.next() { empty += part.isEmpty ? 1 : 0 }
      #expect(empty > 10)
    }
  }
}
