import EventLoop
import Incidents
import Limits
import MuninWire
import TestNodes
import TestSupport
import Testing
import Text

@testable import Collector

/// From values to mails in the outbox: one for each incident, contact and graph, and one for its end.
@Suite(.timeLimit(.minutes(1))) struct AlertingTests {
  private static let config = """
    graph_title Load
    load.label load
    load.warning 5
    load.critical 10
    users.label users
    users.critical 100
    """
  private static let admin = Station.admin + "\nhold 1 of 1"

  private static func services(_ load: Int = 1, users: Int = 1) -> [TestNode.Service] {
    [.init("load", config, "load.value \(load)\nusers.value \(users)")]
  }

  @LoopActor private static func node(_ load: Int = 1) throws -> TestNode {
    try TestNode(services(load))
  }

  @LoopActor
  private static func say(_ node: TestNode, _ load: Int, users: Int = 1) {
    node.says("load", "load.value \(load)\nusers.value \(users)")
  }

  @Test func anIncidentIsOneThread() async throws {
    try await Station.polling(Self.services(), conf: Self.admin, site: "http://a:1") {
      station, node in
      for load in [1, 12, 12, 12, 2, 2, 11] {
        Self.say(node, load)
        await station.poll()
      }
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] web01 load: load 12, limit 10",
          "[RESOLVED after 15 min] web01 load: load 2, limit 10",
          "[CRITICAL] web01 load: load 11, limit 10",
        ])
      #expect(mails.allSatisfy { $0.contact == "admin" && $0.command == nil && $0.pictures == 1 })
      try #require(mails.count == 3)
      #expect(mails[0].thread == nil && mails[1].thread == mails[0].id)
      // What comes again is an incident of its own, with its own thread.
      #expect(mails[2].thread == nil && Set(mails.map(\.id)).count == 3)
      #expect(mails[1].body.contains("before that CRITICAL for 15 min"), "\(mails[1].body)")
      #expect(mails[0].body.contains("http://a:1/g/web01/load\n"), "\(mails[0].body)")
      #expect(
        station.logged.filter { $0.contains("incident") } == [
          "g;web01:load: incident 1: opened, critical", "g;web01:load: incident 1: closed, ok",
          "g;web01:load: incident 2: opened, critical",
        ])
    }
  }

  @Test func everyStepOfAnIncidentIsTold() async throws {
    try await Station.polling(
      Self.services(),
      conf: Self.admin + "\ncontact.admin.tell critical warning unknown ok eased"
    ) { station, node in
      for load in [1, 7, 12, 7, 1] {
        Self.say(node, load)
        await station.poll()
      }
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[WARNING] web01 load: load 7, limit 5", "[CRITICAL] web01 load: load 12, limit 10",
          "[WARNING, was CRITICAL] web01 load: load 7, limit 5",
          "[RESOLVED after 15 min] web01 load: load 1, limit 5",
        ])
      #expect(Set(mails.dropFirst().map(\.thread)) == [mails.first?.id])
    }
  }

  @Test func fieldsOfAGraphAreOneMail() async throws {
    try await Station.polling(Self.services(), conf: Self.admin) { station, node in
      Self.say(node, 12, users: 500)
      await station.poll()
      Self.say(node, 1, users: 500)
      await station.poll()
      Self.say(node, 1)
      await station.poll()
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] web01 load: load 12, limit 10, 1 more",
          "[RESOLVED] web01 load: load 1, limit 10, 1 more",
        ])
    }
  }

  /// Several values of one poll: what matters is how it ends, and that it is told.
  @Test func aPeakBetweenTwoPollsIsTold() async throws {
    try await Station.polling(Self.services(), conf: Self.admin) { station, node in
      await station.poll()
      let now = Station.noon + 300
      node.says("load", "load.value \(now + 60):12\nload.value \(now + 120):1")
      await station.poll()
      await station.poll()
      let mails = try await station.mails()
      // It was over before anybody could be told: the log of outages has it.
      #expect(mails == [])
      #expect(
        station.logged.filter { $0.contains("incident") } == [
          "g;web01:load: incident 1: ended without being told"
        ])
    }
  }

  @Test func contactsAreChosenByPlace() async throws {
    try await onTestLoop {
      let one = try Self.node(12)
      let two = try Self.node(12)
      let three = try Self.node(12)
      defer { for node in [one, two, three] { node.close() } }
      let station = try await Station(
        [("a;one", one), ("b;two", two), ("b;three", three)],
        conf: Self.admin + "\ncontact.ops.email ops@example.com\n[a;]\ncontacts ops",
        more: "contacts none\n")
      await station.poll()
      let mails = try await station.mails()
      #expect(
        Set(mails.map { "\($0.contact) \($0.subject.split(separator: " ")[1])" })
          == ["ops one", "admin two", "ops two"])
    }
  }

  /// As the label of the graph has it.
  @Test(arguments: [
    ("MB", "memory 0.8 MB, limit 1 MB"), ("%", "memory 0.8 %, limit 1 %"),
    ("seconds", "memory 0.8 s, limit 1 s"), ("processes", "memory 0.8, limit 1"),
  ])
  func aMessageSaysTheUnit(label: String, words: String) async throws {
    let memory = TestNode.Service(
      "memory", "graph_title Memory\ngraph_vlabel \(label)\nfree.label memory\nfree.critical 1:",
      "free.value 0.8")
    try await Station.polling([memory], conf: Self.admin) { station, _ in
      await station.poll()
      let subjects = try await station.subjects()
      #expect(subjects == ["[CRITICAL] web01 memory: \(words)"])
    }
  }

  @Test func everyWayOfAContactIsUsed() async throws {
    try await Station.polling(
      Self.services(12),
      conf: """
        contact.pager.email pager@example.com
        contact.pager.command | exit 3 ${var:worst} ${var:host}
        contact.pager.text ${var:host} ${var:graph_title} ${var:worst}
        contact.other.command exit 4
        """
    ) { station, node in
      await station.poll()
      let mails = try await station.mails()
      #expect(mails.map(\.contact) == ["pager", "pager", "other"])
      #expect(mails.map(\.command) == [nil, "exit 3 CRITICAL web01", "exit 4"])
      #expect(mails.dropFirst().first?.body == "web01 Load CRITICAL\n")
      #expect(mails.last?.body.hasPrefix("g :: web01 :: Load\n\tCRITICALs: load is 12.00") == true)
      #expect(Set(mails.map(\.id)).count == 3)
      let failures = station.logged.filter { $0.hasPrefix("mail to ") }
      #expect(failures.count == 3)
    }
  }

  @Test func alwaysSendRepeats() async throws {
    let server = try ScriptedServer()
    try await Station.polling(
      Self.services(1),
      conf: Self.admin
        + "\ncontact.loud.email loud@example.com\ncontact.loud.always_send critical"
    ) { station, node in
      try station.mail(to: server)
      for load in [1, 12, 12, 12, 7, 1, 1] {
        Self.say(node, load)
        await station.poll()
      }
      let mails = server.received
      let words = { (contact: String) in
        mails.filter { $0.recipient.contains("\(contact)@") }
          .map { String($0.subject.prefix { $0 != " " }) }
      }
      #expect(words("admin") == ["[CRITICAL]", "[RESOLVED"])
      #expect(words("loud") == ["[CRITICAL]", "[CRITICAL]", "[CRITICAL]", "[RESOLVED"])
      let loud = mails.filter { $0.recipient.contains("loud@") }
      let first = try #require(loud.first?.messageID)
      #expect(
        loud.dropFirst().allSatisfy { $0.header("References").hasPrefix(first) })
    }
  }

  // MARK: Silence

  @Test func aSilentNodeIsOneMail() async throws {
    try await Station.polling(
      [
        .init("load", Self.config, "load.value 1\nusers.value 1"),
        .init("load2", Self.config, "load.value 1\nusers.value 1"),
      ], conf: Self.admin, more: "notify_alias The Web", site: "http://a:1"
    ) { station, node in
      await station.poll()
      node.mood = .denies
      await station.poll()
      #expect(try await station.subjects() == [])
      for _ in 0..<5 { await station.poll() }
      #expect(try await station.subjects() == ["[CRITICAL] The Web: no answer for 10 min"])
      node.mood = .well
      for _ in 0..<3 { await station.poll() }
      let mails = try await station.mails()
      #expect(
        mails.map(\.subject) == [
          "[CRITICAL] The Web: no answer for 10 min",
          "[RESOLVED after 30 min] The Web: answers again",
        ])
      try #require(mails.count == 2)
      #expect(mails[0].thread == nil && mails[1].thread == mails[0].id)
      #expect(
        mails[0].body.hasPrefix(
          """
          The Web does not answer
          CRITICAL  127.0.0.1:\(node.port): the node closed the connection before its banner (does \
          it allow this address?)

          """), "\(mails[0].body)")
      #expect(mails[0].body.contains("http://a:1/g/web01/"), "\(mails[0].body)")
      #expect(mails[1].body.hasPrefix("The Web answers again\n"), "\(mails[1].body)")
      // The log tells of the beginning and the end, once each, and of the incident.
      #expect(station.logged.filter { $0.hasPrefix("g;") }.count == 4, "\(station.logged)")
    }
  }

  @Test func shortSilenceIsNoMail() async throws {
    try await Station.polling(Self.services(), conf: Self.admin) { station, node in
      for round in 0..<12 {
        node.mood = round % 2 == 0 ? .well : .denies
        await station.poll()
      }
      let subjects = try await station.subjects()
      #expect(subjects == [])
    }
  }

  /// A plugin that fails while its node answers.
  @Test(arguments: ["", "# Timed out", "# Bad exit", "# Unknown service"])
  func aServiceThatVanishesBecomesUnknown(config: String) async throws {
    try await Station.polling(Self.services(12), conf: Self.admin) { station, node in
      await station.poll()
      node.describes("load", config)
      // Three polls are tolerated.
      for _ in 0..<3 { await station.poll() }
      #expect(try await station.subjects() == ["[CRITICAL] web01 load: load 12, limit 10"])
      for _ in 0..<3 { await station.poll() }
      node.describes("load", Self.config)
      Self.say(node, 1)
      for _ in 0..<2 { await station.poll() }
      let mails = try await station.mails()
      #expect(
        mails.map { String($0.subject.prefix(52)) } == [
          "[CRITICAL] web01 load: load 12, limit 10",
          "[UNKNOWN, was CRITICAL] web01 load: plugin fails: no",
          "[RESOLVED] web01 load: load 1, limit 10",
        ])
      #expect(mails.last?.body.contains("the plugin failed meanwhile: no config") == true)
      #expect(Set(mails.dropFirst().map(\.thread)) == [mails.first?.id])
      #expect(station.logged.filter { $0.contains("no config") }.count == 1)
      #expect(station.logged.filter { $0.contains("load: resolved") }.count == 1)
    }
  }

  @Test func unknownValuesAreToleratedAsSet() async throws {
    try await onTestLoop {
      for (limit, polls) in [("0", 1), ("1", 2), ("3", 4)] {
        let node = try Self.node()
        defer { node.close() }
        let station = try await Station(
          [("g;web01", node)], conf: Self.admin + "\nunknown_limit \(limit)")
        await station.poll()
        node.says("load", "load.value U\nusers.value 1")
        var needed = 0
        while try await station.subjects().isEmpty, needed < 10 {
          await station.poll()
          needed += 1
        }
        #expect(needed == polls, "unknown_limit \(limit)")
        let subject = try await station.subjects().first
        #expect(subject?.hasPrefix("[UNKNOWN] web01") == true, "\(subject ?? "none")")
      }
    }
  }

  /// Values without a cause are an incident of their service, where they are of one: everywhere in the message.
  @Test func aFieldWithoutValueIsToldWithItsService() async throws {
    try await Station.polling(Self.services(), conf: Self.admin, site: "http://a:1") {
      station, node in
      await station.poll()
      node.says("load", "load.value U\nusers.value 1")
      for _ in 0..<4 { await station.poll() }
      let mail = try #require(try await station.mails().first)
      #expect(mail.subject == "[UNKNOWN] web01 load: load has no value")
      for words in [
        "web01, load: Load\n", "load has no value", "silence 'g;web01:load' 2h",
        "http://a:1/g/web01/load\n",
      ] {
        #expect(mail.body.contains(words), "\(mail.body)")
      }
      let incident = try #require(station.collector.alerts.machine.open.first)
      #expect(incident.target(station.collector.facts)?.description == "g;web01:load")
      Self.say(node, 1)
      await station.poll()
      #expect(
        try await station.subjects().last == "[RESOLVED after 20 min] web01 load: load 1")
    }
  }

  // MARK: Restarts

  /// However often the collector is killed, the mails are the same.
  @Test func restartsNeitherRepeatNorLoseMails() async throws {
    try await onTestLoop {
      var all: [[String]] = []
      for restarts in [false, true] {
        let node = try Self.node()
        defer { node.close() }
        let station = try await Station([("g;web01", node)], conf: Self.admin)
        for load in [1, 12, 12, 7, 7, 1, 1, -1, -1, -1, -1, -1, 3, 20] {
          node.mood = load < 0 ? .denies : .well
          Self.say(node, load)
          await station.poll()
          if restarts { try await station.restart() }
        }
        let mails = try await station.mails()
        all.append(mails.map(\.subject))
        try #require(mails.count == 5)
        #expect(mails[1].thread == mails[0].id && mails[3].thread == mails[2].id)
      }
      #expect(
        all[0] == [
          "[CRITICAL] web01 load: load 12, limit 10",
          "[RESOLVED after 20 min] web01 load: load 1, limit 5",
          "[CRITICAL] web01: no answer for 10 min",
          "[RESOLVED after 25 min] web01: answers again",
          "[CRITICAL] web01 load: load 20, limit 10",
        ])
      #expect(all[0] == all[1])
    }
  }

  /// Without the node, a restarted collector still knows what there is and how it was.
  @Test func aRestartedCollectorKnowsItsNodes() async throws {
    try await Station.polling(Self.services(12), conf: Self.admin) { station, node in
      await station.poll()
      try await station.restart()
      let view = station.collector.snapshot().nodes[0]
      #expect(view.graphs.map(\.graph.title) == ["Load"] && view.level == .critical)
      #expect(view.graphs.first?.fields.map(\.level) == [.critical, .ok])
      #expect(station.collector.snapshot().mailsWaiting == 1)
    }
  }

  /// Who no longer has a threshold is no longer in trouble; the next incident is a new one.
  @Test(arguments: [true, false]) func aThresholdThatIsGoneEndsItsTrouble(restart: Bool)
    async throws
  {
    try await Station.polling(Self.services(12), conf: Self.admin) { station, node in
      await station.poll()
      node.describes("load", Self.config.replacing("load.warning 5\nload.critical 10", with: ""))
      await station.poll()
      if restart { try await station.restart() }
      Self.say(node, 12, users: 500)
      await station.poll()
      let mails = try await station.mails()
      #expect(mails.map(\.subject).last == "[CRITICAL] web01 load: users 500, limit 100")
      #expect(mails.dropFirst().first?.subject.hasPrefix("[RESOLVED") == true)
    }
  }

  /// A value that was over its limit is not well again when nobody measures it any more.
  @Test func aJudgedServiceThatVanishesIsATroubleUntilItReturns() async throws {
    try await Station.polling(
      [
        .init("load", Self.config, "load.value 12\nusers.value 1"),
        .init("quiet", "graph_title Q\nq.label q\nq.warning 5", "q.value 1"),
        .init("rest", "graph_title R\nr.label r", "r.value 1"),
      ], conf: Self.admin
    ) { station, node in
      await station.poll()
      let services = node.services
      node.services = services.filter { $0.name == "rest" }
      for _ in 0..<6 { await station.poll() }
      try await station.restart()
      for _ in 0..<3 { await station.poll() }
      let told = try await station.mails().map(\.subject)
      #expect(!told.contains { $0.contains("RESOLVED") }, "\(told)")
      let bodies = try await station.mails().map(\.body).joined()
      #expect(bodies.contains("the node lists quiet no longer"), "\(bodies)")
      node.services = services
      Self.say(node, 1)
      for _ in 0..<3 { await station.poll() }
      let all = try await station.mails().map(\.subject).dropFirst(told.count)
      #expect(all.count == 2 && all.allSatisfy { $0.hasPrefix("[RESOLVED") }, "\(all)")
    }
  }

  @Test func aFieldThatIsNoLongerDescribedIsNotCalledGood() async throws {
    try await Station.polling(Self.services(12), conf: Self.admin) { station, node in
      await station.poll()
      node.services[0].config = "graph_title Load\nusers.label users\nusers.critical 100"
      node.says("load", "users.value 1")
      for _ in 0..<3 { await station.poll() }
      let mails = try await station.mails()
      #expect(
        mails.count == 2 && mails.last?.subject.hasSuffix("it is no longer watched") == true)
      #expect(mails.last?.body.contains("OK  load") == false, "\(mails.last?.body ?? "")")
    }
  }
}
