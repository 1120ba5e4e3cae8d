import EventLoop
import Incidents
import Ledger
import Notify
import TestNodes
import TestSupport
import Testing

@testable import Collector

/// Alerts on ways whose words are written at delivery, with what the files tell.
@Suite struct AlertDeliveryTests {
  @LoopActor
  private static func node(_ load: String) throws -> TestNode {
    try TestNode([
      .init(
        "load", "graph_title Load\ngraph_vlabel load\nload.label load\nload.critical 10",
        "load.value \(load)")
    ])
  }

  @Test func aWebhookIsToldATroubleAndItsEnd() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let node = try Self.node("1")
      let station = try await Station(
        [("g;web01", node)],
        conf: "group_wait 0\ncontact.hook.webhook \(sink.url("ok"))", site: "http://a:1")
      await station.poll()
      for load in ["12", "2", "2"] {
        node.services[0].fetch = "load.value \(load)"
        await station.poll()
      }
      let told = sink.requests.compactMap(\.json)
      #expect(
        told.compactMap { $0["subject"] as? String } == [
          "[CRITICAL] web01 load: load 12, limit 10",
          "[RESOLVED after 5 min] web01 load: load 2, limit 10",
        ])
      let incident = (told.first?["incidents"] as? [[String: Any]])?.first
      #expect(incident?["page"] as? String == "http://a:1/g/web01/load")
      #expect(try await station.mails().isEmpty)
    }
  }

  /// The process ends after its cycle, so that nothing can wait for group_wait; still the nodes of a group share a message.
  @Test func aCycleOfOneProcessTellsAGroupAtOnce() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let nodes = try (1...3).map { ("g;web0\($0)", try Self.node("1")) }
      let station = try await Station(
        nodes, conf: "contact.hook.webhook \(sink.url("ok"))", site: "http://a:1")
      await station.poll()
      for (_, node) in nodes { node.services[0].fetch = "load.value 12" }
      await station.poll()
      let told = sink.requests.compactMap(\.json)
      #expect(told.count == 1)
      #expect((told.first?["incidents"] as? [[String: Any]])?.count == 3)
    }
  }

  /// A webhook that refuses for good is a message that was given up; one that is away gets it later.
  @Test func aWebhookThatIsAwayGetsItsMessageLater() async throws {
    let sink = try WebSink()
    try await onTestLoop {
      let node = try Self.node("1")
      let nodes = [("g;web01", node)]
      let station = try await Station(
        nodes, conf: "group_wait 0\ncontact.hook.webhook \(sink.url("key-1234/status-503"))")
      await station.poll()
      node.services[0].fetch = "load.value 12"
      await station.poll()
      #expect(station.collector.state.mailsWaiting == 1)
      #expect(station.logged.contains { $0.contains("status 503") && !$0.contains("key-1234") })
      try await station.reload(
        nodes,
        conf: "dbdir \(station.scratch.path)/db\ncontact.hook.webhook \(sink.url("status-422"))\n")
      await station.poll()
      #expect(station.collector.state.mailsWaiting == 0)
      #expect(station.collector.state.mailsFailed == 1)
      let lost = try #require(station.collector.state.mailsGivenUp.first)
      #expect(lost.contact == "hook" && lost.subject == "[CRITICAL] web01 load: load 12, limit 10")
      #expect(lost.problem.contains("status 422") && lost.givenUp <= station.clock.epoch, "\(lost)")
      // The next start tries it again, and it is given up again.
      try await station.restart()
      #expect(station.collector.state.mailsGivenUp == [lost])
      await station.collector.retryFailedMails()
      #expect(
        station.collector.state.mailsGivenUp == [] && station.collector.state.mailsWaiting == 1)
    }
  }

  /// munin.conf is changed while a message waits for its command: that of today is given it, with the variables that it had.
  @Test func aCommandThatWasChangedGetsWhatWaits() async throws {
    try await onTestLoop {
      let node = try Self.node("1")
      defer { node.close() }
      let nodes = [("g;web01", node)]
      let station = try await Station(
        nodes,
        conf: "group_wait 0\ncontact.pager.command false ${var:host}\ncontact.other.command false")
      await station.poll()
      node.services[0].fetch = "load.value 12"
      await station.poll()
      #expect(station.collector.state.mailsWaiting == 2)
      let path = station.scratch.path
      let command = "cat > \(path)/told-${var:host}-${var:worst}-${var:cfields}"
      try await station.reload(
        nodes, conf: "dbdir \(path)/db\ncontact.pager.command \(command)\n")
      await station.poll()
      #expect(
        station.scratch.read("told-web01-CRITICAL-load")
          == "g :: web01 :: Load\n\tCRITICALs: load is 12.00 (outside range [:10]).\n\n")
      let state = station.collector.state
      #expect(state.mailsWaiting == 0 && state.mailsFailed == 1, "\(station.logged)")
      #expect(
        state.mailsGivenUp.map(\.problem) == ["munin.conf has no contact other any more"])
      #expect(state.deliveryTroubles.isEmpty, "\(state.deliveryTroubles)")
      #expect(station.logged.count { $0.contains("munin.conf has no contact") } == 1)
    }
  }

  /// munin's text of what has no values, a node and a plugin: no value, and none that is unknown.
  @Test func commandsAreToldInWordsWhatHasNoValue() async throws {
    try await onTestLoop {
      let node = try Self.node("1")
      defer { node.close() }
      let station = try await Station([("g;web01", node)], conf: "contact.all.command false")
      await station.poll()
      node.mood = .denies
      for _ in 0..<2 { await station.poll() }
      node.mood = .well
      await station.poll()
      let config = node.services[0].config
      node.services[0].config = "# Bad exit"
      for _ in 0..<4 { await station.poll() }
      node.services[0].config = config
      await station.poll()
      let texts = try await station.mails().map(\.body)
      let expected = [
        "g :: web01 :: reachable\n\tCRITICALs: node is unreachable (outside range [reachable]): 127.0.0.1:",
        "g :: web01 :: reachable\n\tOKs: node is reachable.\n",
        "g :: web01 :: Load\n\tUNKNOWNs: load is failing: no config (plugin failed).\n",
        "g :: web01 :: Load\n\tOKs: load is working.\n",
      ]
      #expect(texts.count == 4, "\(texts)")
      for (text, beginning) in zip(texts, expected) {
        #expect(text.hasPrefix(beginning), "\(text)")
      }
    }
  }

  /// send_nsca takes all that it reads for one check; munin starts one process all the same.
  @Test(arguments: [("", 2), ("munin_compatible yes", 1)])
  func nagiosGetsAProcessForEachCheck(conf: String, processes: Int) async throws {
    try await onTestLoop {
      let node = try TestNode(
        ["a", "b"].map {
          .init($0, "graph_title \($0)\nx.label x\nx.critical 10", "x.value 1")
        })
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)],
        conf: """
          contact.nagios.command false
          contact.old-nagios.command false
          contact.old-nagios.max_messages 0
          contact.pager.command false
          \(conf)
          """)
      await station.poll()
      for index in node.services.indices { node.services[index].fetch = "x.value 12" }
      await station.poll()
      let counts = Dictionary(grouping: try await station.mails(), by: \.contact)
        .mapValues(\.count)
      #expect(counts == ["nagios": processes, "old-nagios": 1, "pager": 1])
    }
  }

  /// A picture of one poll is an empty frame.
  @Test func aNewNodeHasNoPicture() async throws {
    try await onTestLoop {
      let node = try Self.node("12")
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: "group_wait 0\ncontact.admin.email admin@example.com")
      var pictures: [Bool] = []
      for _ in 0..<4 {
        await station.poll()
        let notification = try await station.ledger.read { transaction throws(LedgerError) in
          try AlertTables.notification(1, in: transaction)
        }
        let line = try #require(notification?.lines.first)
        let part = try #require(line.parts.first)
        pictures.append(
          await station.collector.picture(of: part, in: line, at: station.clock.epoch) != nil)
      }
      #expect(pictures.first == false && pictures.last == true, "\(pictures)")
    }
  }

  @Test func theFilesTellHowAValueHasMovedAndItsPicture() async throws {
    try await onTestLoop {
      let node = try Self.node("1")
      let station = try await Station(
        [("g;web01", node)], conf: "group_wait 0\ncontact.admin.email admin@example.com")
      // A day and two hours of values around 1 and 2.
      for index in 0..<(26 * 12) {
        node.services[0].fetch = "load.value \(1 + index % 2)"
        await station.poll()
      }
      node.services[0].fetch = "load.value 12"
      await station.poll()
      let notification = try await station.notification(1)
      let line = try #require(notification.lines.first)
      let part = try #require(line.parts.first)
      let movement = try #require(
        await station.collector.movement(of: part, in: line, at: notification.at))
      let hour = try #require(movement.hourAgo)
      let day = try #require(movement.dayAgo)
      #expect((1...2).contains(hour) && (1...2).contains(day))
      #expect(movement.highestOfDays == 1 && movement.lowestOfDays == nil)
      let picture = try #require(
        await station.collector.picture(of: part, in: line, at: notification.at))
      #expect(picture.png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(picture.name == "web01-load.png")
      // A message that has waited for days shows what it tells of.
      station.clock.advance(by: .seconds(3 * 86_400))
      let later = await station.collector.picture(of: part, in: line, at: notification.at)
      #expect(later?.png.isEmpty == false)
      // A field that is gone has neither.
      var gone = part
      gone.graph = "nothing"
      #expect(await station.collector.movement(of: gone, in: line, at: notification.at) == nil)
      #expect(await station.collector.picture(of: gone, in: line, at: notification.at) == nil)
    }
  }

  @Test func factsOfOldMessagesAreRemoved() async throws {
    try await onTestLoop {
      let node = try Self.node("12")
      let station = try await Station(
        [("g;web01", node)], conf: "group_wait 0\ncontact.admin.email admin@example.com")
      await station.poll()
      node.services[0].fetch = "load.value 1"
      await station.poll()
      await station.poll()
      func numbers() async throws -> [Int?] {
        try await station.ledger.read { transaction throws(LedgerError) in
          try transaction.query("SELECT number FROM notification").map { $0[0].integer }
        }
      }
      #expect(try await numbers() == [1, 2])
      await station.poll(after: 34 * 86_400)
      #expect(try await numbers() == [1, 2])
      // The next number follows from the newest one, which stays.
      await station.poll(after: 2 * 86_400)
      #expect(try await numbers() == [2])
    }
  }
}
