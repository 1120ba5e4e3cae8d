import Foundation
import Testing

extension Programs {
  /// The real master polls `apus-node`.
  @Suite struct MuninUpdateTests {
    /// Field by field: the file, what it is told to hold, and the value it holds.
    @Test func filesHoldWhatTheNodeSaid() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let relay = try Relay(to: node.port)
      let master = try await MuninMaster(in: scratch, nodes: ["example.com;web01": relay.port])
      try await master.run("update")

      let said = Conversation(relay.transcript)
      #expect(
        Set(said.services).isSuperset(of: ["cpu", "load", "memory", "swap", "uptime"]),
        "\(said.services)")
      var expected: [String] = []
      for (service, fields) in said.fields {
        for (field, attributes) in fields {
          let type = attributes["type"] ?? "GAUGE"
          let letter = type.prefix(1).lowercased()
          let graph = service.replacingOccurrences(of: ".", with: "-")
          let name = "example.com/web01-\(graph)-\(field)-\(letter).rrd"
          expected.append(name)
          let file = try await master.rrd(name)
          #expect(file.info["step"] == "300")
          #expect(file.info["ds[42].type"] == "\"\(type)\"")
          #expect(file.info["ds[42].minimal_heartbeat"] == "600")
          #expect(number(file.info["ds[42].min"]) == number(attributes["min"]), "\(name)")
          #expect(number(file.info["ds[42].max"]) == number(attributes["max"]), "\(name)")
          let value = try #require(said.values[service]?[field], "\(name)")
          #expect(try await Double(file.last().text) == Double(value), "\(name)")
        }
      }
      #expect(expected.sorted() == master.files)
      #expect(expected.count > 20)
      #expect(try await node.program.end() == .exit(0))
    }

    /// Nothing about our services is worth a word to any of the master's programs. Its very first run
    /// does not count: it complains of each file that is not there yet, whatever the node.
    @Test func nobodyComplains() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let master = try await MuninMaster(in: scratch, nodes: ["example.com;web01": node.port])
      try await master.run("update")
      master.forgetLogs()
      let first = time(nil)
      try await waiting(until: "the next second") { time(nil) > first }
      try await master.run("update")
      try await master.run("limits")
      try await master.run("html")
      try await master.run("graph")
      for program in ["update", "limits", "html", "graph"] {
        #expect(master.complaints(of: program).prefix(3) == [], "munin-\(program)")
      }
      let pictures = scratch.files(below: "master/html", ending: ".png")
      for service in ["cpu", "load", "memory", "swap", "uptime"] {
        #expect(pictures.contains("example.com/web01/\(service)-day.png"), "\(pictures)")
      }
      let pages = scratch.files(below: "master/html", ending: ".html")
      for service in ["cpu", "load", "memory", "swap", "uptime"] {
        #expect(pages.contains("example.com/web01/\(service).html"), "\(pages)")
      }
      #expect(node.program.errors.split(separator: "\n").count == 1, "\(node.program.errors)")
    }

    /// A number; `nil` for none, which rrdtool writes NaN, and a config U or not at all.
    private func number(_ text: String?) -> Double? {
      text.flatMap(Double.init).flatMap { $0.isNaN ? nil : $0 }
    }
  }
}
