import Collector
import EventLoop
import Foundation
import HTTP
import RRD
import TestSupport
import Testing

@testable import Web

@Suite struct PictureTests {
  @Test func aPictureIsDrawnFromItsFiles() async throws {
    try await withFiles { sample in
      let site = sample.site()
      let target = "/lab/rack%202/probe/load-hour.png"
      let (response, _) = try await page(site, target)
      #expect(response.status == 200)
      #expect(response.header("Content-Type") == "image/png")
      #expect(Array(response.body.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      #expect(response.header("Cache-Control") == "no-cache")
      #expect(response.header("Last-Modified") == "Tue, 14 Nov 2023 22:13:16 GMT")
      let again = try await page(site, target).response
      #expect(again == response)
      let small = try await page(site, target + "?only_graph=on&size_x=180&size_y=40").response
      #expect(Array(small.body[16..<24]) == [0, 0, 0, 180, 0, 0, 0, 40])
      // The page knows the size of what was drawn.
      let text = try await page(site, "/lab/rack%202/probe/load").text
      #expect(text.contains("load-hour.png\" alt=\"Load average on probe, by hour\" width=\"49"))
    }
  }

  @Test func manyWhoAskAtOnceGetOneDrawing() async throws {
    try await withFiles { sample in
      let store = PictureStore(grapher: RRDGrapher())
      let node = sample.snapshot.nodes[2]
      let key = PictureStore.Key(node: node.path, graph: "load", period: .hour)
      let tasks = (0..<20).map { _ in
        EventLoop.start {
          try? await store.picture(key, of: node.graphs[0], updateRate: 10, now: Sample.now)
        }
      }
      var versions: Set<String?> = []
      for task in tasks { versions.insert(await task.value?.version) }
      #expect(!versions.contains(nil))
      #expect(versions.count == 1)
      #expect(store.count == 1)
    }
  }

  @Test func aPictureIsKeptUntilItsFilesHaveNews() async throws {
    try await withFiles { sample in
      let store = PictureStore(grapher: RRDGrapher())
      let node = sample.snapshot.nodes[2]
      func version(_ period: Period, age: Int, updated: Int) async throws -> String {
        var service = node.graphs[0]
        service.updated = updated
        let key = PictureStore.Key(node: node.path, graph: "load", period: period)
        return try await store.picture(
          key, of: service, updateRate: 10, now: Sample.now + age
        ).version
      }
      let hour = try await version(.hour, age: 0, updated: 1)
      #expect(try await version(.hour, age: 50, updated: 1) == hour)
      #expect(try await version(.hour, age: 51, updated: 2) != hour)
      let day = try await version(.day, age: 0, updated: 1)
      #expect(try await version(.day, age: 59, updated: 2) == day)
      #expect(try await version(.day, age: 60, updated: 2) != day)
      let year = try await version(.year, age: 0, updated: 1)
      #expect(try await version(.year, age: 299, updated: 2) == year)
      #expect(try await version(.year, age: 300, updated: 2) != year)
    }
  }

  @Test func picturesStayWithinTheirBound() async throws {
    try await withFiles { sample in
      let store = PictureStore(grapher: RRDGrapher(), limit: 30_000)
      let node = sample.snapshot.nodes[2]
      for width in 100..<130 {
        let key = PictureStore.Key(
          node: node.path, graph: "load", period: .hour, width: width, height: 50)
        _ = try await store.picture(key, of: node.graphs[0], updateRate: 10, now: Sample.now)
      }
      #expect((1..<15).contains(store.count))
    }
  }

  @Test func aGraphWithoutFilesIsAPictureToo() async throws {
    try await onTestLoop {
      let (response, _) = try await page(
        Sample().site(), "/example.org/web01.example.org/load-day.png")
      #expect(response.status == 200)
      #expect(response.body.count > 500)
    }
  }

  /// Runs `body` on the loop with a sample whose files are there.
  private func withFiles(
    _ body: @escaping @LoopActor @Sendable (Sample) async throws -> Void
  ) async throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("web-\(UInt64.random(in: 0 ... .max))").path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var sample = Sample(directory: directory)
    sample.snapshot.nodes[0].graphs = []
    try await sample.makeFiles()
    let made = sample
    try await onTestLoop { try await body(made) }
  }
}
