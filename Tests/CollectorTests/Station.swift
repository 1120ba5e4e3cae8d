import EventLoop
import Incidents
import Ledger
import Logbook
import Notify
import RRD
import Settings
import TestNodes
import Testing

@testable import Collector

/// A collector in a folder of its own, on a clock that the test moves, whose mails nobody takes.
@LoopActor
final class Station {
  /// A time at which every period of munin's archives begins.
  nonisolated static let noon = 1_700_006_400

  let scratch = Scratch()
  let clock = LoopClock(standingAt: Station.noon)
  let settings: MasterSettings
  let ledger: Ledger
  private(set) var collector: Collector
  private(set) var writer = RRDWriter()
  private let log: Logbook
  /// What draws the pictures of mails.
  var drawn: CollectorPictures?

  /// - Parameters:
  ///   - nodes: by their path, `g;web01`; they are polled unless `conf` says otherwise.
  ///   - conf: stands before the nodes' sections.
  ///   - more: stands behind them.
  ///   - former: makes the ledger that was there before.
  init(
    _ nodes: [(String, TestNode)], conf: String = "", more: String = "", site: String? = nil,
    links: AlertLinks? = nil, former: (String) async throws -> Void = { _ in }
  ) async throws {
    settings = try Station.settings("dbdir \(scratch.path)/db\n\(conf)\n", nodes, more)
    try await former(scratch.path + "/apus.sqlite")
    ledger = try Ledger(path: scratch.path + "/apus.sqlite")
    log = try Logbook(to: .file(scratch.path + "/log"))
    try await Collector.prepare(ledger)
    collector = Station.collector(
      settings, ledger, writer, site: site, links: links, log: log, clock: clock)
    try await collector.restore()
  }

  private static func settings(
    _ conf: String, _ nodes: [(String, TestNode)], _ more: String
  ) throws -> MasterSettings {
    var text = conf
    for (path, node) in nodes { text += "[\(path)]\naddress 127.0.0.1\nport \(node.port)\n" }
    let parsed = MasterSettings.parse([SettingsFile(name: "munin.conf", text: text + more)])
    try #require(parsed.problems == [])
    return parsed.settings
  }

  /// Goes on with other settings, as after SIGHUP. Without a word in `conf` the data folder stays.
  /// - Returns: the directives that take effect at the next start.
  @discardableResult func reload(
    _ nodes: [(String, TestNode)], conf: String? = nil, more: String = ""
  ) async throws -> [String] {
    let new = try Station.settings(conf ?? "dbdir \(scratch.path)/db\n", nodes, more)
    let changed = new.changedStartDirectives(since: collector.settings)
    try await collector.reload(new, courier: Station.courier(new, ledger, collector.site))
    return changed
  }

  private static func courier(
    _ settings: MasterSettings, _ ledger: Ledger, _ site: String?
  ) -> Courier {
    Courier(ledger: ledger, mails: nil, alerts: AlertWriter(settings, site: site))
  }

  private static func collector(
    _ settings: MasterSettings, _ ledger: Ledger, _ writer: RRDWriter, site: String?,
    links: AlertLinks? = nil, log: Logbook, clock: LoopClock
  ) -> Collector {
    Collector(
      settings: settings, ledger: ledger, courier: courier(settings, ledger, site),
      writer: writer, grapher: RRDGrapher(), site: site, links: links, log: log, clock: clock)
  }

  /// As after a kill: only what is on the disk is known.
  /// - Parameters:
  ///   - nodes: those of other settings.
  ///   - conf: the words of these settings; `nil` for the data folder only.
  ///   - keepingLinks: whether messages have links, and the same key signs them.
  func restart(
    with nodes: [(String, TestNode)]? = nil, conf: String? = nil, keepingLinks: Bool = false
  ) async throws {
    writer = RRDWriter()
    let links = keepingLinks ? collector.links : nil
    var settings = settings
    if let nodes {
      settings = try Station.settings(conf ?? "dbdir \(scratch.path)/db\n", nodes, "")
    }
    collector = Station.collector(
      settings, ledger, writer, site: nil, links: links, log: log, clock: clock)
    try await collector.restore()
  }

  /// A poll of all nodes, five minutes later.
  @discardableResult func poll(after seconds: Int = 300) async -> CycleReport {
    clock.advance(by: .seconds(seconds))
    return await collector.pollOnce()
  }

  /// All lines of the log without their stamps.
  var logged: [String] {
    scratch.read("log").split(separator: "\n").map {
      String($0.split(separator: "] ", maxSplits: 1).last ?? "")
    }
  }

  /// A mail as it stands in the outbox.
  struct Mail: Equatable {
    var contact: String
    var subject: String
    var body: String
    var id: String
    var thread: String?
    var command: String?
    var pictures: Int
  }

  /// All mails so far, the oldest first, as they would be delivered now.
  func mails() async throws -> [Mail] {
    let surroundings = AlertSurroundings(site: collector.site, machine: Configuration.hostName)
    return try await ledger.read { transaction throws(LedgerError) in
      var mails: [Mail] = []
      for row in try transaction.query("SELECT * FROM outbox ORDER BY seq") {
        var mail = Mail(
          contact: row["contact"].text ?? "", subject: row["subject"].text ?? "",
          body: row["body"].text ?? "", id: row["id"].text ?? "", thread: row["thread"].text,
          command: row["command"].text, pictures: row["picture_graph"].text == nil ? 0 : 1)
        if let number = row["notification"].integer,
          let notification = try AlertTables.notification(number, in: transaction)
        {
          mail.body = AlertWords(notification, surroundings).text
          mail.thread = notification.references.first
          mail.pictures = notification.lines.contains { !$0.parts.isEmpty } ? 1 : 0
        }
        mails.append(mail)
      }
      return mails
    }
  }

  func subjects() async throws -> [String] { try await mails().map(\.subject) }

  /// The ledger refuses every change from now on, as on a full disk.
  func breakLedger(_ isBroken: Bool = true) async throws {
    try await ledger.read { transaction throws(LedgerError) in
      _ = try transaction.query("PRAGMA query_only = \(isBroken ? "ON" : "OFF")")
    }
  }

  func file(_ name: String) -> String { "\(scratch.path)/db/\(name)" }

  /// The values at full resolution from a time on.
  func rows(_ name: String, from: Int, to: Int) async throws -> [Double?] {
    try await writer.fetch(file(name), .average, start: from, end: to, resolution: 1)
      .values.map { $0.isNaN ? nil : $0 }
  }
}

/// A host without a node.
enum HostSettingsOf {
  static let plain = HostSettings(groups: ["g"], name: "web01", address: "127.0.0.1")
}
