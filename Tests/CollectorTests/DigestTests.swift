import EventLoop
import Incidents
import Ledger
import Notify
import RRD
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Messages by the clock: digests and signs of life, from polls to a mail server.
@Suite(.timeLimit(.minutes(1))) struct DigestTests {
  /// Midnight in UTC, of a Wednesday: 2023-11-15.
  private static let midnight = Station.noon
  private static let hour = 3600

  @LoopActor
  private static func node() throws -> TestNode {
    try TestNode([
      .init(
        "load", "graph_title Load\nload.label load\nload.warning 10\nload.critical 20",
        "load.value 1"),
      .init("free", "graph_title Free\nfree.label free\nfree.warning 100:", "free.value 500"),
      .init(
        "uptime", "graph_title Uptime\ngraph_vlabel uptime in days\nuptime.label uptime",
        "uptime.value 40.00"),
      .init("flaky", "graph_title Flaky\na.label a", "a.value 1"),
    ])
  }

  private static let conf =
    "timezone UTC\ncontact.reader.email reader@example.com\ncontact.reader.tell none\ncontact.reader.digest 08:00"

  /// Polls until a time of the day after midnight, in seconds.
  @LoopActor
  private static func poll(_ station: Station, until time: Int, every step: Int = 300) async {
    while station.clock.epoch + step < midnight + time { await station.poll(after: step) }
    await station.poll(after: midnight + time - station.clock.epoch)
  }

  @Test func whatHappenedInADayIsOneDigest() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: Self.conf)
      await Self.poll(station, until: 1 * Self.hour)
      // A plugin that fails twice, a restart, a trouble that passes, a value that comes near its limit, a new service.
      node.says("flaky", "# Timed out")
      await Self.poll(station, until: 1 * Self.hour + 600)
      node.says("flaky", "a.value 1")
      node.says("uptime", "uptime.value 0.01")
      await Self.poll(station, until: 2 * Self.hour)
      node.says("load", "load.value 30")
      await Self.poll(station, until: 3 * Self.hour)
      node.says("load", "load.value 1")
      node.services.append(.init("disk", "graph_title Disk\nb.label b", "b.value 1"))
      await Self.poll(station, until: 7 * Self.hour)
      node.says("free", "free.value 103")
      await Self.poll(station, until: 8 * Self.hour - 300)
      #expect(try await station.subjects() == [])
      await station.poll()
      let mail = try #require(try await station.mails().first)
      #expect(mail.subject == "[DIGEST] 15 Nov: 5 things out of the ordinary")
      for line in [
        "From 00:00 to 08:00",
        "Troubles that are over\n  g;web01: load: CRITICAL 02:05 to 03:05 (1 h), load 30 at worst",
        "Plugins and nodes that fail now and then\n  g;web01: flaky: no values (plugin timed out), 2 of 96 polls",
        "Near a limit\n  g;web01: free: free 103, limit 100",
        "Restarted\n  g;web01: restarted before 01:15",
        "New and gone\n  g;web01: new service disk",
      ] { #expect(mail.body.contains(line), "\(line) in \(mail.body)") }
      #expect(!mail.body.contains("Unusual") && !mail.body.contains("compared"))
      // It is sent once, and the next day is as ever.
      for _ in 0..<30 { await station.poll(after: Self.hour) }
      #expect(try await station.subjects().count == 1)
    }
  }

  /// The node is known for half an hour, as is the collector.
  @Test func whatIsNewInTheFirstHourIsTold() async throws {
    try await onTestLoop {
      let old = try Self.node()
      let new = try Self.node()
      defer {
        old.close()
        new.close()
      }
      let conf = Self.conf.replacing("08:00", with: "hourly")
      let station = try await Station([("g;web01", old)], conf: conf)
      await Self.poll(station, until: 1200)
      old.services.append(.init("disk", "graph_title Disk\nb.label b", "b.value 1"))
      await Self.poll(station, until: 1800)
      let words = "dbdir \(station.scratch.path)/db\n\(conf)\n"
      try await station.reload([("g;web01", old), ("g;web02", new)], conf: words)
      await Self.poll(station, until: 2700)
      new.services.append(.init("disk", "graph_title Disk\nb.label b", "b.value 1"))
      await Self.poll(station, until: Self.hour)
      let told = try #require(try await station.mails().first).body
      let news =
        "New and gone\n  g;web02: new node, 5 services\n  g;web01: new service disk\n  g;web02: new service disk\n"
      #expect(told.contains(news), "\(told)")
      #expect(!told.contains("web01: new node"))
      // After a restart nothing of it is told again.
      try await station.restart(with: [("g;web01", old), ("g;web02", new)], conf: words)
      await Self.poll(station, until: 3 * Self.hour)
      #expect(try await station.mails().count == 1)
    }
  }

  @Test func aKillNeitherLosesNorDoublesADigest() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: Self.conf + "\nheartbeat_mail 08:00 reader")
      await Self.poll(station, until: 1 * Self.hour)
      node.says("flaky", "# Timed out")
      await station.poll()
      node.says("flaky", "a.value 1")
      await Self.poll(station, until: 8 * Self.hour - 300, every: 1500)
      try await station.restart()
      #expect(try await station.subjects() == [])
      // Killed while the digest is made: nothing is written yet.
      station.clock.advance(by: .seconds(600))
      let orders = station.collector.alerts.takeRegular(at: station.clock.epoch)
      #expect(orders.map(\.key.kind) == [.digest, .alive])
      try await station.restart()
      await station.poll()
      func kinds() async throws -> [String] {
        try await station.subjects().map { String($0.prefix { $0 != "]" }) }
      }
      #expect(try await kinds() == ["[DIGEST", "[ALIVE"])
      for _ in 0..<3 {
        try await station.restart()
        await station.poll()
      }
      #expect(try await kinds() == ["[DIGEST", "[ALIVE"])
    }
  }

  /// The collector is away at eight o'clock: the digest comes at the start of the same day, after the first polls, or is a part of the next one.
  @Test(arguments: [(3, 2), (20, 1)])
  func aDigestThatWasMissedComesOnTheSameDay(hours: Int, count: Int) async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: Self.conf)
      await Self.poll(station, until: 7 * Self.hour)
      node.says("flaky", "# Timed out")
      await station.poll()
      node.says("flaky", "a.value 1")
      station.clock.advance(by: .seconds((hours + 1) * Self.hour))
      try await station.restart()
      // What was missed waits for the first polls.
      await station.collector.tellRegular(isSettled: false)
      #expect(try await station.subjects() == [])
      await station.poll()
      #expect(try await station.subjects().count == count - 1)
      await Self.poll(station, until: 30 * Self.hour, every: Self.hour)
      node.says("flaky", "# Timed out")
      await station.poll()
      node.says("flaky", "a.value 1")
      await Self.poll(station, until: 33 * Self.hour, every: Self.hour)
      let mails = try await station.mails()
      #expect(mails.count == count)
      #expect(mails.last?.subject == "[DIGEST] 16 Nov: 1 thing out of the ordinary")
    }
  }

  /// Six weeks of the same, and a load that is three times as high in one night.
  @Test func aValueThatIsNotUsualIsTold() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: Self.conf)
      await station.poll()
      await station.collector.finish()
      let days = 49
      for name in ["load-load", "free-free"] {
        let values = (2..<(days - 1) * 288 + 96).map { index -> (time: Int, text: String) in
          let isNight = name == "load-load" && index > (days - 1) * 288 + 24 && index % 288 < 72
          return (Self.midnight + index * 300, "\((isNight ? 6 : 2) + index % 3)")
        }
        try await station.writer.update(station.file("g/web01-\(name)-g.rrd"), values)
      }
      station.clock.advance(by: .seconds((days - 1) * 86_400))
      try await station.restart()
      await station.poll(after: 8 * Self.hour)
      let digest = try #require(try await station.mails().last)
      #expect(
        digest.body.contains(
          "Unusual for the hour and the weekday\n  g;web01: load: load 7, usually 3 (Tue 02:00 to 04:00)"
        ), "\(digest.body)")
      #expect(!digest.body.contains("free"))
      // A digest that has no time says so, and has the rest.
      station.collector.comparisonTime = .zero
      node.says("flaky", "# Timed out")
      await station.poll(after: 3600)
      node.says("flaky", "a.value 1")
      await station.poll(after: 3600)
      await station.poll(after: 22 * Self.hour)
      let short = try #require(try await station.mails().last)
      #expect(short.id != digest.id)
      #expect(short.body.contains("Only 0 of 4 values were compared"), "\(short.body)")
      #expect(short.body.contains("flaky: no values (plugin timed out), 1 of "))
    }
  }

  @Test func whatAContactIgnoresIsLeftOut() async throws {
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let scratch = Scratch()
      let file = scratch.write("# known\n(broken\n^g;web01: flaky: no values\n", to: "ignore")
      let station = try await Station(
        [("g;web01", node)],
        conf:
          "timezone UTC\ncontact.a.email a@example.com\ncontact.a.tell none\ncontact.a.digest hourly\n"
          + "contact.a.ignore_file \(file)")
      await Self.poll(station, until: 600)
      node.says("flaky", "# Timed out")
      await station.poll()
      node.says("flaky", "a.value 1")
      await Self.poll(station, until: Self.hour)
      #expect(try await station.subjects() == [])
      #expect(
        station.logged.contains { $0.hasPrefix("digest of contact a: \(file):2: ") },
        "\(station.logged)")
      // The file is read anew each time; one that is gone keeps nothing back.
      scratch.remove("ignore")
      node.says("flaky", "# Timed out")
      await station.poll()
      node.says("flaky", "a.value 1")
      await Self.poll(station, until: 2 * Self.hour)
      #expect(
        try await station.subjects() == ["[DIGEST] 15 Nov 02:00: 1 thing out of the ordinary"])
      #expect(
        station.logged.contains(
          "digest of contact a: cannot open \(file): No such file or directory"))
    }
  }

  /// Each way of a contact carries messages by the clock.
  @Test func commandsAndWebhooksGetThemToo() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let scratch = Scratch()
      let station = try await Station(
        [("g;web01", node)],
        conf: """
          timezone UTC
          heartbeat_mail 08:00 cmd hook json
          contact.cmd.command cat > \(scratch.path)/${var:kind}-${var:host}
          contact.hook.webhook \(sink.url("hook"))
          contact.hook.webhook_text ${var:subject} ${var:numfields}
          contact.hook.webhook_type text/plain
          contact.json.webhook \(sink.url("json"))
          """)
      await station.poll(after: 8 * Self.hour)
      let name = Configuration.hostName
      let subject = "[ALIVE] apus on \(name): 1 node, 0 incidents, 0 mails waiting"
      #expect(sink.requests.first { $0.path.hasSuffix("hook") }?.body == "\(subject) 0")
      let json = sink.requests.first { $0.path.hasSuffix("json") }?.json
      #expect(json?["kind"] as? String == "alive" && json?["subject"] as? String == subject)
      #expect((json?["alive"] as? [String: Any])?["nodes"] as? Int == 1)
      let command = scratch.read("alive-\(name)")
      #expect(command.hasPrefix("apus on \(name) polls 1 node; 0 incidents open"), "\(command)")
      #expect(command.contains("\nSlowest of the last polls: ") && command.contains(" (g;web01)"))
    }
  }

  /// The whole road, the loop of the running collector and a mail server included.
  @Test func aDigestAndASignOfLifeArriveAtAMailServer() async throws {
    let server = try ScriptedServer()
    try await onTestLoop {
      let node = try Self.node()
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: Self.conf + "\nheartbeat_mail 07:59 reader",
        site: "https://munin.example.com")
      let smtp = SMTPDelivery(
        server: try MailServer(server.url), sender: try MailAddress("apus@example.com"),
        hostName: "mon1.example.com")
      station.collector.mails.courier = Courier(
        ledger: station.ledger, mails: MailExchange(servers: [smtp]),
        alerts: AlertWriter(station.settings, site: "https://munin.example.com"))
      await station.poll()
      node.says("flaky", "# Timed out")
      await station.poll()
      node.says("flaky", "a.value 1")
      await Self.poll(station, until: 8 * Self.hour - 600, every: 1500)
      let work = EventLoop.start { await station.collector.run { _ in } }
      defer { work.cancel() }
      // A minute at a time, as long as it takes: mails are sent while the clock stands.
      for minute in 0..<40 where server.received.count < 2 {
        station.clock.advance(by: .seconds(60))
        let due = minute < 9 ? 0 : minute < 10 ? 1 : 2
        try await reach("mail \(due)") { server.received.count >= due }
      }
      let mails = server.received
      #expect(
        mails.map { String($0.subject.prefix { $0 != "]" }) } == ["[ALIVE", "[DIGEST"],
        "\(mails.map(\.subject))")
      #expect(mails.allSatisfy { $0.recipient == "TO:<reader@example.com>" })
      #expect(mails.last?.header("Auto-Submitted") == "auto-generated")
      #expect(mails.last?.messageID.hasPrefix("<digest.") == true)
      #expect(mails.last?.wire.contains("flaky: no values (plugin timed out), 1 of") == true)
      #expect(mails.last?.wire.contains("<h2 ") == true)
    }
  }
}
