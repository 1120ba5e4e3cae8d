import Collector
import EventLoop
import HTTP
import Limits
import MuninWire
import RRD
import TestSupport
import Testing

@testable import Web

/// Pages of what is not there any more, and of what is not to be shown.
@Suite struct FormerTests {
  @LoopActor
  private static func site(_ sample: Sample) -> Site {
    let snapshot = sample.snapshot
    var gone = GraphView(
      graph: Graph("Users", category: "system", fields: [Field("users")]),
      fields: [FieldView(name: "users", label: "users", path: "/nonexistent")])
    gone.graph.name = "users"
    gone.isGone = true
    gone.gone = Sample.now - 86_400
    let archive = NodeArchive(
      firstSeen: Sample.now - 1_000_000, firstSeenGraphs: ["load": Sample.now - 900_000],
      gone: [gone], lastValue: Sample.now - 500_000)
    return Site(
      source: snapshot, grapher: RRDGrapher(), clock: LoopClock(standingAt: Sample.now),
      version: "1.0",
      archive: { path in
        ["example.org;web01.example.org", "old;db <1>"].contains(path) ? archive : nil
      },
      formerNodes: {
        [FormerNode(groups: ["old"], name: "db <1>", firstSeen: Sample.now - 1_000_000)]
      })
  }

  @Test func firstAndLastSeenAreOnThePages() async throws {
    try await onTestLoop {
      let site = Self.site(Sample())
      let node = try await page(site, "/example.org/web01.example.org/").text
      #expect(node.contains("first seen 2023-11-") && node.contains(", last value 2023-11-"))
      #expect(node.contains("Not offered any more"))
      #expect(node.contains("href=\"/example.org/web01.example.org/users\""))
      #expect(node.contains("since 2023-11-13"))
      let graph = try await page(site, "/example.org/web01.example.org/load").text
      #expect(graph.contains("first seen 2023-11-04"))
      let gone = try await page(site, "/example.org/web01.example.org/users")
      #expect(gone.response.status == 200)
      #expect(gone.text.contains("not offered any more since 2023-11-13"))
      // Nothing judges it any more.
      #expect(
        gone.text.contains(
          "<span class=\"badge none\"><span aria-hidden=\"true\">–</span> not offered any more</span></h1>"
        ))
      #expect(!gone.text.contains("badge ok"))
      #expect(gone.text.contains("/example.org/web01.example.org/users-year.png"))
      let picture = try await page(site, "/example.org/web01.example.org/users-day.png").response
      #expect(picture.status == 200 && picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(try await page(site, "/example.org/web01.example.org/nosuch").response.status == 404)
    }
  }

  @Test func aNodeThatIsNotInMuninConfAnyMoreIsFound() async throws {
    try await onTestLoop {
      let site = Self.site(Sample())
      let overview = try await page(site, "/").text
      #expect(overview.contains("Not in munin.conf any more"))
      #expect(overview.contains("href=\"/old/db%20%3C1%3E/\">db &lt;1&gt;</a>"))
      // It is none of this group.
      #expect(!(try await page(site, "/lab/").text.contains("any more")))
      let node = try await page(site, "/old/db%20%3C1%3E/")
      #expect(node.response.status == 200 && node.text.contains("not in munin.conf any more"))
      #expect(!node.text.contains("badge ok"))
      #expect(try await page(site, "/old/db%20%3C1%3E/users").response.status == 200)
      #expect(try await page(site, "/old/nosuch/").response.status == 404)
      #expect(try await page(site, "/x").response.status == 404)
    }
  }

  @Test func aServiceThatIsNotToBeDrawnIsNotAmongTheGraphs() async throws {
    try await onTestLoop {
      var sample = Sample()
      sample.snapshot.nodes[0].graphs = sample.snapshot.nodes[0].graphs.map { view in
        var view = view
        if view.graph.name == "cpu" { view.graph["graph"] = "no" }
        return view
      }
      let site = Self.site(sample)
      let node = try await page(site, "/example.org/web01.example.org/").text
      #expect(!node.contains("CPU usage") && node.contains("Load average"))
      #expect(try await page(site, "/example.org/web01.example.org/cpu").response.status == 200)
    }
  }
}
