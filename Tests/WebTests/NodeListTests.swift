import Collector
import EventLoop
import Foundation
import HTTP
import TestSupport
import Testing

@testable import Web

@Suite struct NodeListTests {
  @Test func programsReadWhatPagesShow() async throws {
    let list = try await list(Sample())
    #expect(list["update_rate"] as? Int == 10)
    let nodes = try #require(list["nodes"] as? [[String: Any]])
    #expect(
      nodes.map { $0["path"] as? String } == [
        "example.org;web01.example.org", "example.org;db.example.org", "lab;rack 2;probe",
      ])
    #expect(nodes[1]["trouble"] as? String == "connect 192.0.2.7:4949: Connection refused")
    #expect(nodes[0]["trouble"] is NSNull)
    #expect(nodes[2]["page"] as? String == "/lab/rack%202/probe/")
    let graphs = try #require(nodes[0]["services"] as? [[String: Any]])
    let part = try #require(graphs.first { $0["name"] as? String == "disk.sda" })
    #expect(part["level"] as? String == "unknown")
    let pictures = try #require(part["pictures"] as? [String: String])
    #expect(pictures["hour"] == "/example.org/web01.example.org/disk/sda-hour.png")
    #expect(pictures.count == 5)
    let memory = try #require(graphs.first { $0["name"] as? String == "memory" })
    let fields = try #require(memory["fields"] as? [[String: Any]])
    #expect(fields[2]["value"] as? Double == 734_003_200)
    #expect(fields[2]["warning"] as? String == "1073741824:")
    #expect(fields[2]["since"] as? Int == Sample.now - 90)
  }

  @Test func everyTextSurvives() async throws {
    var sample = Sample()
    let words = "\"quoted\" \\ </script> \u{1}\n\t\u{7f} é \u{1F426}"
    sample.snapshot.nodes[0].trouble = words
    sample.snapshot.nodes[0].duration = .nan
    let nodes = try #require(try await list(sample)["nodes"] as? [[String: Any]])
    #expect(nodes[0]["trouble"] as? String == words)
    #expect(nodes[0]["duration"] is NSNull)
  }

  /// The list and the overview of a fleet are made part by part: others on the loop go on meanwhile.
  @Test(arguments: ["/nodes.json", "/"])
  func aFleetsPagesLetOthersGoOn(target: String) async throws {
    var sample = Sample()
    let node = sample.snapshot.nodes[0]
    sample.snapshot.nodes = (0..<400).map { index in
      var node = node
      node.name = "node\(index)"
      return node
    }
    let site = sample.site()
    try await onTestLoop {
      let other = EventLoop.start {
        var turns = 0
        while !Task.isCancelled {
          turns += 1
          await EventLoop.main.turned()
        }
        return turns
      }
      let (response, text) = try await page(site, target)
      other.cancel()
      let turns = await other.value
      #expect(turns > 5 && response.status == 200, "\(turns)")
      #expect(text.contains("node399") && text.contains("node0"))
    }
    guard target == "/nodes.json" else { return }
    let nodes = try #require(try await list(sample)["nodes"] as? [[String: Any]])
    #expect(nodes.map { $0["name"] as? String } == (0..<400).map { "node\($0)" })
  }

  private func list(_ sample: Sample) async throws -> [String: Any] {
    let bytes = try await onTestLoop { try await page(sample.site(), "/nodes.json").response.body }
    return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }
}
