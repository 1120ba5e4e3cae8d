internal import Collector
internal import Daemon
internal import EventLoop
internal import Glibc
internal import HTTP
internal import Ledger
internal import Limits
internal import Logbook
internal import Mail
internal import RRD
internal import Settings
internal import Terminal
internal import Text
internal import Web

/// One run of the collector: all its parts, put together.
@LoopActor
final class Run {
  private let configuration: Configuration
  private let verbose: Bool
  private let log: Logbook
  private let folder: DataFolder
  private let ledger: Ledger
  private let grapher = RRDGrapher()

  nonisolated init(_ configuration: Configuration, verbose: Bool) throws {
    self.configuration = configuration
    self.verbose = verbose
    log = try Logbook(to: .standardError)
    folder = try DataFolder(configuration.settings.databaseDirectory)
    ledger = try Ledger(path: folder.ledger)
  }

  private func collector(site: String?) async throws -> Collector {
    try await Collector.prepare(ledger)
    var smtp: SMTPDelivery?
    if let server = configuration.server, let sender = configuration.sender {
      smtp = SMTPDelivery(server: server, sender: sender, hostName: Configuration.hostName)
    }
    let collector = Collector(
      settings: configuration.settings, ledger: ledger,
      courier: Courier(ledger: ledger, smtp: smtp), writer: RRDWriter(), grapher: grapher,
      site: site, log: log)
    try await collector.restore()
    return collector
  }

  /// One cycle and one delivery attempt.
  func poll() async throws {
    let collector = try await collector(site: nil)
    let report = await collector.pollOnce()
    if verbose { Terminal.say(line(for: report, collector.snapshot())) }
    guard report.isKept else { throw NotKept(path: folder.ledger) }
  }

  /// Polls and serves until SIGTERM or SIGINT.
  func serve() async throws {
    let signals = Signals([SIGTERM, SIGINT])
    // The page's address is part of every mail, so the port is taken first; requests wait for the collector.
    let pages = Locked<Site?>(nil)
    let server = try configuration.settings.webListen.map { place in
      try HTTPServer(host: place.host, port: place.port) { request in
        guard let site = pages.with({ $0 }) else { return .text("starting", status: 503) }
        return await site.answer(request)
      }
    }
    let address = server.map { "http://\($0.address)" }
    let collector = try await collector(site: address)
    let site = Site(
      snapshot: { collector.snapshot() }, grapher: grapher, clock: .real, version: apusVersion)
    pages.with { $0 = site }
    // What a server refused for good may have been a fault in its settings: a restart asks again.
    await collector.retryFailedMails()
    announce(address)
    let work = EventLoop.start {
      await collector.run { report, snapshot in
        if self.verbose { Terminal.say(self.line(for: report, snapshot)) }
      }
    }
    _ = await signals.next()
    server?.close()
    work.cancel()
    // Whatever still hangs after that is written down already, or will be asked again.
    let ended = Gate()
    EventLoop.start {
      await work.value
      ended.open()
    }
    let patience = LoopClock.real.schedule(at: LoopClock.real.now.advanced(by: .seconds(5))) {
      ended.open()
    }
    await ended.wait()
    patience.cancel()
    log.note("\(program) ends")
  }

  /// Says what is watched and where it is shown.
  private func announce(_ address: String?) {
    let hosts = configuration.settings.hosts.filter(\.update)
    let nodes = Amount.count(hosts.count, "node")
    let pages = address.map { ", pages on \($0)/" } ?? ", no pages (web_listen none)"
    log.note("\(program) \(apusVersion) polls \(nodes), data in \(folder.path)\(pages)")
    guard verbose else { return }
    for host in hosts.prefix(20) {
      Terminal.say("watching \(host.path) at \(host.endpoint.map { "\($0)" } ?? host.address)")
    }
    if hosts.count > 20 { Terminal.say("and \(hosts.count - 20) more") }
    if let address { Terminal.say("page: \(Terminal.paint(address + "/", .green))") }
  }

  /// What a cycle brought, on one line.
  private func line(for report: CycleReport, _ snapshot: Snapshot) -> String {
    var parts = [
      "\(Amount.count(report.nodes, "node")) polled",
      Amount.count(report.services, "service"), Amount.count(report.values, "value"),
    ]
    if report.nodes > 0 { parts.append("slowest \(Int(report.slowest * 1000 + 0.5)) ms") }
    if report.silent > 0 { parts.append(Terminal.paint("\(report.silent) silent", .red)) }
    let levels = snapshot.nodes.flatMap { $0.graphs.map(\.level) }
    for (level, colour) in [
      ("critical", Terminal.Colour.red), ("warning", .yellow), ("unknown", .blue),
    ] {
      let count = levels.count { $0.rawValue == level }
      if count > 0 { parts.append(Terminal.paint("\(count) \(level)", colour)) }
    }
    if snapshot.mailsWaiting > 0 {
      parts.append("\(Amount.count(snapshot.mailsWaiting, "mail")) waiting")
    }
    return "\(CalendarTime.local(snapshot.time).clock)  " + parts.joined(separator: ", ")
  }
}

/// What a cycle found could not be kept; the log says why.
struct NotKept: Error, CustomStringConvertible {
  let path: String

  var description: String { "states and mails of this cycle are not in \(path)" }
}
