import EventLoop
import Glibc
import Incidents
import Ledger
import Notify
import Settings
import TestNodes
import TestSupport
import Testing
import Text

@testable import Collector

/// What a signed link shows, and what its buttons order.
@Suite(.timeLimit(.minutes(1)), .enabled(if: LinkKey.canSign)) struct AlertDeskTests {
  private static let conf = "contact.admin.email admin@example.com"

  private static func load(_ value: Int) -> TestNode.Service {
    .init("load", "graph_title Load\nload.label load\nload.critical 10", "load.value \(value)")
  }

  /// A station whose node is in trouble, and the fields of a link about it.
  private func withTrouble(
    _ body: @escaping @LoopActor (Station, TestNode, [String: String]) async throws -> Void
  ) async throws {
    try await onTestLoop {
      let key = try await Self.key()
      let node = try TestNode([Self.load(1)])
      defer { node.close() }
      let station = try await Station(
        [("g;web01", node)], conf: Self.conf,
        links: AlertLinks(site: "https://munin.example.com", key: key))
      await station.poll()
      node.says("load", "load.value 20")
      await station.poll()
      await station.poll()
      let made = station.clock.epoch
      try await body(station, node, Self.fields(key, 1, "admin", made: made))
    }
  }

  private static func key() async throws -> LinkKey {
    let ledger = try Ledger(path: ":memory:")
    try await ledger.migrate(LinkKey.migrations)
    return try await ledger.transaction { transaction throws(LedgerError) in
      try LinkKey.inLedger(transaction)
    }
  }

  private static func fields(
    _ key: LinkKey, _ incident: Int, _ contact: String, made: Int
  ) -> [String: String] {
    let link = AlertLink(incident: incident, contact: contact, made: made)
    return Dictionary(uniqueKeysWithValues: (link.fields(signedBy: key) ?? []).map { ($0, $1) })
  }

  @LoopActor private func view(
    _ station: Station, _ fields: [String: String], after order: Int? = nil
  ) async -> AlertView? {
    if case .granted(let view) = await station.collector.look({ fields[$0] }, after: order) {
      return view
    }
    return nil
  }

  @LoopActor private func refusal(_ station: Station, _ fields: [String: String]) async -> String? {
    if case .refused(let words) = await station.collector.look({ fields[$0] }, after: nil) {
      return words
    }
    return nil
  }

  @Test func aLookShowsWhatIsWrongAndChangesNothing() async throws {
    try await withTrouble { station, _, fields in
      let view = try #require(await view(station, fields))
      #expect(view.incident == 1 && view.contact == "admin" && view.state == "CRITICAL")
      #expect(view.heading == "web01, load: Load")
      #expect(view.facts.map(\.text) == ["load is 20, limit at most 10"])
      #expect(view.groups == ["g"] && view.node == "web01" && view.graph == "load")
      #expect(view.target == "g;web01:load" && !view.isOver)
      #expect(view.acknowledgement == nil && view.silence == nil && view.receipt == nil)
      #expect(view.fields.map(\.name) == ["i", "c", "x", "s"])
      let orders = try await station.ledger.read { transaction throws(LedgerError) in
        try transaction.query("SELECT count(*) FROM alert_order")[0][0].integer
      }
      #expect(orders == 0)
    }
  }

  @Test func theButtonAcknowledges() async throws {
    try await withTrouble { station, _, fields in
      let receipt = await station.collector.give(.acknowledge(why: "on <my> way")) { fields[$0] }
      guard case .taken(let number, let query) = receipt else {
        Issue.record("\(receipt)")
        return
      }
      #expect(query.hasPrefix("i=1&c=admin&x=") && query.hasSuffix("&s=\(fields["s"] ?? "")"))
      let view = try #require(await view(station, fields, after: number))
      #expect(view.acknowledgement?.who == "admin" && view.acknowledgement?.why == "on <my> way")
      #expect(
        view.receipt == "incident 1 is acknowledged: no reminders until it is worse or over")
      #expect(station.collector.alerts.machine[1]?.acknowledgement?.who == "admin")
      #expect(
        station.logged.contains { $0.contains("incident 1: acknowledged by admin: on <my> way") })
      // It is committed: a collector that is killed now knows it.
      try await station.restart()
      #expect(station.collector.alerts.machine[1]?.acknowledgement?.who == "admin")
    }
  }

  @Test func theButtonSilencesAndEndsTheSilence() async throws {
    try await withTrouble { station, _, fields in
      let now = station.clock.epoch
      let receipt = await station.collector.give(.silence(hours: 2, why: "")) { fields[$0] }
      guard case .taken(let number, _) = receipt else {
        Issue.record("\(receipt)")
        return
      }
      let silenced = try #require(await view(station, fields, after: number))
      #expect(silenced.silence?.until == now + 7200 && silenced.silence?.who == "admin")
      #expect(silenced.receipt?.hasPrefix("g;web01:load is silenced until ") == true)
      #expect(silenced.receipt?.contains(" (1 open incident); ") == true)
      #expect(station.collector.alerts.machine.silences.map(\.until) == [now + 7200])
      #expect(station.logged.contains { $0.contains("g;web01:load: silenced for 2 h by admin") })
      _ = await station.collector.give(.unsilence) { fields[$0] }
      #expect(await view(station, fields)?.silence == nil)
      #expect(station.collector.alerts.machine.silences.isEmpty)
      #expect(station.logged.contains { $0.contains("g;web01:load: no longer silenced, by admin") })
    }
  }

  /// What holds the incident back besides a silence of just its target.
  @Test func aWiderSilenceIsNamed() async throws {
    try await withTrouble { station, _, fields in
      let orders = AlertOrders(station.ledger, now: station.clock.epoch)
      _ = try await orders.silence("g", for: 3600, who: "ada", why: "new rack")
      _ = try await orders.silence("g;web01", for: 1800, who: "bob", why: "")
      _ = try await orders.silence("g;web02", for: 1800, who: "bob", why: "")
      try await station.restart(keepingLinks: true)
      let view = try #require(await view(station, fields))
      let now = station.clock.epoch
      #expect(view.silence == nil && view.notes == [])
      let shown = view.widerSilences.map { "\($0.target) \($0.until - now) \($0.who) \($0.why)" }
      #expect(shown == ["g 3600 ada new rack", "g;web01 1800 bob "])
    }
  }

  @Test func aLinkThatIsNotRightOpensNothing() async throws {
    try await withTrouble { station, _, fields in
      let invalid = "This link is not valid."
      for name in fields.keys {
        var forged = fields
        forged[name] = name == "c" ? "boss" : "1234567"
        #expect(await refusal(station, forged)?.hasPrefix(invalid) == true, "\(name)")
        forged[name] = nil
        #expect(await refusal(station, forged)?.hasPrefix(invalid) == true, "\(name)")
        let receipt = await station.collector.give(.acknowledge(why: "")) { forged[$0] }
        guard case .refused = receipt else {
          Issue.record("\(name): \(receipt)")
          continue
        }
      }
      #expect(await refusal(station, [:])?.hasPrefix(invalid) == true)
      #expect(station.collector.alerts.machine[1]?.acknowledgement == nil)
    }
  }

  /// A link of an incident that nobody has, of a contact that has gone, and one that is too old.
  @Test func aRightLinkWorksForItsTimeOnly() async throws {
    try await withTrouble { station, node, fields in
      let key = try #require(station.collector.links?.key)
      let made = station.clock.epoch
      #expect(
        await refusal(station, Self.fields(key, 99, "admin", made: made))?.hasPrefix(
          "This link has expired") == true)
      #expect(
        await refusal(station, Self.fields(key, 1, "boss", made: made))?.contains(
          "munin.conf has no contact of its name") == true)
      // While the incident is open the message may be as old as it likes.
      await station.poll(after: 30 * 86_400)
      #expect(await view(station, fields) != nil)
      node.says("load", "load.value 1")
      await station.poll()
      await station.poll()
      let over = try #require(await view(station, fields))
      #expect(over.isOver && over.state.hasPrefix("RESOLVED after 30 d"))
      let late = await station.collector.give(.acknowledge(why: "")) { fields[$0] }
      #expect(late == .impossible("incident 1 is over"))
      // From the log, as after a restart.
      await station.poll(after: 6 * 86_400)
      #expect(station.collector.alerts.machine[1] == nil)
      #expect(await view(station, fields)?.isOver == true)
      await station.poll(after: 86_400)
      #expect(await refusal(station, fields)?.hasPrefix("This link has expired") == true)
    }
  }

  @Test func ordersOfAContactAreBounded() async throws {
    try await withTrouble { station, _, fields in
      for _ in 0..<Collector.mostOrdersInAnHour {
        let receipt = await station.collector.give(.acknowledge(why: "")) { fields[$0] }
        guard case .taken = receipt else {
          Issue.record("\(receipt)")
          return
        }
      }
      let more = await station.collector.give(.acknowledge(why: "")) { fields[$0] }
      #expect(more == .tooMany("admin has given 60 orders in the last hour"))
    }
  }

  @Test func aLedgerThatCannotBeWrittenIsTold() async throws {
    try await withTrouble { station, _, fields in
      try await station.breakLedger()
      let receipt = await station.collector.give(.acknowledge(why: "")) { fields[$0] }
      try await station.breakLedger(false)
      guard case .failed(let words) = receipt else {
        Issue.record("\(receipt)")
        return
      }
      #expect(words.hasPrefix("the order could not be stored: "))
      #expect(station.collector.alerts.machine[1]?.acknowledgement == nil)
    }
  }

  /// The key is in the ledger.
  @Test func othersCannotReadTheLedger() async throws {
    let scratch = Scratch()
    let folder = try DataFolder("\(scratch.path)/db")
    let ledger = try Ledger(path: folder.ledger)
    try await ledger.migrate(LinkKey.migrations)
    chmod(folder.ledger, 0o664)
    chmod("\(folder.ledger)-wal", 0o664)
    #expect(folder.hideLedger() == nil)
    for ending in ["", "-wal", "-shm"] {
      var status = stat()
      #expect(stat(folder.ledger + ending, &status) == 0, "\(ending)")
      #expect(status.st_mode & 0o007 == 0, "\(ending)")
    }
    var status = stat()
    stat(folder.ledger, &status)
    #expect(status.st_mode & 0o777 == 0o660)
  }
}
