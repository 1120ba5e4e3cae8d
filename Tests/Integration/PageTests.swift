import Foundation
import Testing

extension Programs {
  /// The pages that a browser gets of the released collector.
  @Suite struct PageTests {
    /// One answer over a connection of its own.
    private func get(_ path: String, from port: Int) throws -> (head: String, body: [UInt8]) {
      let request = "GET \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n\r\n"
      let bytes = try bytesSaid(by: port, after: request)
      let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)), "\(path)")
      let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
      let body = Array(bytes[end.upperBound...])
      return (
        head,
        head.lowercased().contains("transfer-encoding: chunked") ? try joined(chunks: body) : body
      )
    }

    /// The body of an answer that is sent in parts (RFC 9112 section 7.1).
    private func joined(chunks: [UInt8]) throws -> [UInt8] {
      var rest = chunks[...]
      var body: [UInt8] = []
      while true {
        let end = try #require(rest.firstRange(of: Array("\r\n".utf8)))
        let size = try #require(
          Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16))
        rest = rest[end.upperBound...]
        if size == 0 { return body }
        try #require(rest.count >= size + 2)
        body += rest.prefix(size)
        rest = rest.dropFirst(size + 2)
      }
    }

    /// Behind a proxy that passes on the name it was called by.
    @Test func pagesAnswerToTheHostOfTheirPublicAddress() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: "web_url https://Munin.Example.com:8443/", page: "127.0.0.1:0")
      let running = try await collector.start()
      let text = try await running.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      let port = try #require(Int(text))
      func status(_ host: String) throws -> String {
        let request = "GET /healthz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        return String(decoding: try bytesSaid(by: port, after: request).prefix(12), as: UTF8.self)
      }
      #expect(try status("munin.example.com") == "HTTP/1.1 200")
      #expect(try status("munin.example.com:8443") == "HTTP/1.1 200")
      #expect(try status("localhost") == "HTTP/1.1 200")
      #expect(try status("other.example.com") == "HTTP/1.1 421")
    }

    /// Behind a proxy that shows the pages below a path, which it passes on or removes.
    @Test func pagesAreBelowThePathOfTheirPublicAddress() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: "web_url https://example.com/ops/munin/", page: "127.0.0.1:0")
      let running = try await collector.start()
      let text = try await running.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      let port = try #require(Int(text))
      for path in ["/ops/munin/", "/", "/ops/munin/example.com/web01/", "/example.com/web01/"] {
        let (head, body) = try get(path, from: port)
        #expect(head.hasPrefix("HTTP/1.1 200 "), "\(path): \(head)")
        let links = String(decoding: body, as: UTF8.self).matches(of: /(?:href|src)="(\/[^"]*)"/)
        #expect(links.count > 2 && links.allSatisfy { $0.1.hasPrefix("/ops/munin/") }, "\(path)")
      }
      let (head, _) = try get("/ops/munin/example.com", from: port)
      #expect(head.lowercased().contains("\r\nlocation: /ops/munin/example.com/"), "\(head)")
    }

    /// munin-cron is stopped, the collector started on the same data, and the node is down: its pages and pictures are there, from munin's files.
    @Test func muninsGraphsAreDrawnBeforeTheFirstAnswer() async throws {
      let scratch = try Scratch()
      let node = try await ScriptedNode(
        in: scratch,
        [
          .init(
            "load", config: "graph_title Before the switch\nload.label load", fetch: "load.value 12"
          )
        ])
      let nodes = ["example.com;web01": node.port]
      let master = try await MuninMaster(in: scratch, name: "munin", nodes: nodes)
      try await master.run("update")
      try await node.becomes("down")
      let collector = try ApusCollector(
        in: scratch, name: "munin", nodes: nodes, page: "127.0.0.1:0")
      let running = try await collector.start()
      let text = try await running.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      let port = try #require(Int(text))
      #expect(
        running.errors.contains(
          "imported \(collector.folder)/db/datafile of munin: 1 node, 1 graph"),
        "\(running.errors)")
      let page = try get("/example.com/web01/", from: port)
      #expect(page.head.hasPrefix("HTTP/1.1 200"))
      #expect(String(decoding: page.body, as: UTF8.self).contains("Before the switch"))
      let picture = try get("/example.com/web01/load-day.png", from: port)
      #expect(
        picture.head.hasPrefix("HTTP/1.1 200")
          && picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(try await running.end() == .exit(0))
      // Nothing was written into munin's file but by munin.
      #expect(try await collector.rrd("example.com/web01-load-load-g.rrd").last().text == "12")
    }

    /// Settings may lie on a disk that does not answer: pages and polls go on.
    @Test func pagesAnswerWhileSettingsAreRead() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port], page: "127.0.0.1:0")
      let running = try await collector.start()
      let text = try await running.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      let port = try #require(Int(text))
      let file = "\(collector.folder)/munin.conf"
      try #require(rename(file, file + ".old") == 0)
      try #require(mkfifo(file, 0o644) == 0)
      running.send(SIGHUP)
      // A FIFO can be opened for writing once somebody reads it.
      var fifo: Int32 = -1
      try await waiting(until: "the settings to be read") {
        fifo = open(file, O_WRONLY | O_NONBLOCK)
        return fifo >= 0
      }
      let answer = try get("/healthz", from: port)
      #expect(answer.head.hasPrefix("HTTP/1.1 200 "))
      try #require(rename(file + ".old", file) == 0)
      // Whoever reads it has an empty file.
      close(fifo)
      _ = try await running.waits(for: /munin.conf: no node in it any more/)
      running.send(SIGHUP)
      _ = try await running.waits(for: /settings reloaded: 1 node polled/)
      #expect(try await running.end() == .exit(0))
    }

    @Test func pagesShowWhatIsWatched() async throws {
      let scratch = try Scratch()
      let node = try await startNode(in: scratch)
      let collector = try ApusCollector(
        in: scratch, nodes: ["example.com;web01": node.port],
        settings: "update_rate 2", page: "127.0.0.1:0")
      let running = try await collector.start()
      let text = try await running.waits(for: /page: http:\/\/127\.0\.0\.1:(\d+)\//).1
      let port = try #require(Int(text))
      try await waiting(until: "the first answers") {
        String(decoding: try get("/example.com/web01/", from: port).body, as: UTF8.self)
          .contains("uptime-")
      }

      let overview = try get("/", from: port)
      #expect(overview.head.hasPrefix("HTTP/1.1 200 "))
      #expect(String(decoding: overview.body, as: UTF8.self).contains("web01"))

      let page = String(decoding: try get("/example.com/web01/", from: port).body, as: UTF8.self)
      let pictures = page.matches(of: /src="([^"]+\.png[^"]*)"/).map { String($0.1) }
      #expect(pictures.count >= 5, "\(page)")
      for name in ["cpu", "load", "memory", "swap", "uptime"] {
        #expect(pictures.contains { $0.contains("\(name)-") }, "\(name)")
      }
      for period in ["hour", "day", "week", "month", "year"] {
        let picture = try get("/example.com/web01/memory-\(period).png", from: port)
        #expect(picture.head.contains(" 200 ") && picture.head.contains("image/png"))
        #expect(picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]) && picture.body.count > 2000)
      }

      let list = try get("/nodes.json", from: port)
      _ = try JSONSerialization.jsonObject(with: Data(list.body))
      #expect(String(decoding: list.body, as: UTF8.self).contains("web01"))
      #expect(try get("/healthz", from: port).head.hasPrefix("HTTP/1.1 200 "))
      #expect(try get("/example.com/nobody/", from: port).head.hasPrefix("HTTP/1.1 404 "))
      #expect(try get("/../../etc/passwd", from: port).head.hasPrefix("HTTP/1.1 4"))
      #expect(try await running.end() == .exit(0))
    }
  }
}
