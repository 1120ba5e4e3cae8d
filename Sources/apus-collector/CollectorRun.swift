internal import Collector
internal import Daemon
internal import EventLoop
internal import Glibc
internal import HTTP
internal import Logbook
internal import Settings
internal import Terminal
internal import Text
internal import Web

/// `apus-collector run`: polls and serves until SIGTERM or SIGINT.
@LoopActor
final class CollectorRun {
  let parts: CollectorParts
  /// munin.conf, or `nil` for no settings at all.
  let path: String?
  let log: Logbook
  /// The settings in force.
  var configuration: Configuration
  /// What was read last, in force or not.
  var content: Int
  /// One reload after the other.
  let reloads = Permits(1)
  var watch: FolderWatch?
  var isEnding = false

  init(_ parts: CollectorParts, path: String?) {
    self.parts = parts
    self.path = path
    log = parts.log
    configuration = parts.configuration
    content = configuration.content
  }

  func run() async throws {
    EventLoop.main.measureCoreWaits()
    let daemon = DaemonProcess(log: log)
    // The page's address is part of every mail, so the port is taken first; requests wait for the collector.
    let pages = Locked<Site?>(nil)
    let server = try serve { [log] request in
      guard let site = pages.with({ $0 }) else { return .text("starting", status: 503) }
      let began = LoopClock.real.now
      let response = await site.answer(request)
      let spent = began.duration(to: LoopClock.real.now).wholeNanoseconds / 1_000_000
      log.note(
        "\(request.method.rawValue) /\(request.path.joined(separator: "/")): \(response.status) in \(spent) ms",
        .debug)
      return response
    }
    // Commands of contacts must not speak to systemd for the collector.
    for name in ["NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
    let pidFile = try takePIDFile()
    let address = server.map { "http://\($0.address)" }
    let readable = publicSite(server?.address)
    let collector = try await parts.collector(
      site: readable ?? address, linkSite: server == nil ? nil : readable)
    let site = Site(
      source: collector, grapher: parts.grapher, clock: .real, version: apusVersion,
      publicPath: configuration.settings.webURL?.path ?? "",
      metrics: {
        let text = collector.metrics()
        return HTTPStream { text.next() }
      }, archive: { await collector.archive(of: $0) },
      formerNodes: { await collector.formerNodes() },
      alerts: collector,
      prepare: { await collector.writeFiles(of: $0) })
    pages.with { $0 = site }
    // What a server refused for good may have been a fault in its settings: a restart asks again.
    await collector.retryFailedMails()
    announce(address)
    let work = EventLoop.start { [parts] in
      await collector.run { report in
        daemon.report(CycleLine.status(report, collector.settings, now: LoopClock.real.epoch))
        if parts.verbose {
          Terminal.say(CycleLine.text(report, collector.state, collector.graphLevels))
        }
      }
    }
    EventLoop.start { await self.followChanges(collector) }
    await daemon.run { await self.reload(collector) }
    endWatch()
    server?.close()
    await CollectorRun.end(work) { await collector.finish() }
    pidFile.remove()
    log.note("\(program) ends")
  }

  /// Ends the polls and deliveries under way. Whatever hangs for more than 5 s is in the ledger already, or will be asked again.
  /// - Parameter finish: what is done after that, in the same time.
  private static func end(
    _ work: Task<Void, Never>, then finish: @escaping @LoopActor @Sendable () async -> Void
  ) async {
    work.cancel()
    let ended = Gate()
    EventLoop.start {
      await work.value
      await finish()
      ended.open()
    }
    let limit = LoopClock.real.schedule(at: LoopClock.real.now.advanced(by: .seconds(5))) {
      ended.open()
    }
    await ended.wait()
    limit.cancel()
  }

  // MARK: - The pages' port

  /// Where readers of messages find the pages: `web_url`, else the address that is listened on, unless that is only good on this machine.
  private func publicSite(_ address: SocketAddress?) -> String? {
    if let url = configuration.settings.webURL { return url.withoutEndSlash }
    guard let address, !address.isLoopback else { return nil }
    let isAny = ["::", "0.0.0.0"].contains(address.host)
    return isAny
      ? "http://\(Configuration.hostName):\(address.port)" : "http://\(address)"
  }

  /// Serves on the socket that systemd opened, where there is one, else on `web_listen`.
  private func serve(_ handler: @escaping HTTPServer.Handler) throws -> HTTPServer? {
    // As a proxy in front passes it on.
    let names = configuration.settings.webURL.map { [$0.host] } ?? []
    let forms = Site.forms(publicPath: configuration.settings.webURL?.path ?? "")
    var inherited = try InheritedSockets.take(from: OwnProcess.environment)
    if !inherited.isEmpty {
      let first = inherited.removeFirst()
      for other in inherited { close(other) }
      if !inherited.isEmpty {
        log.note(
          "one socket is enough for the pages: \(inherited.count) more of systemd's are closed",
          .warning)
      }
      return try HTTPServer(adopting: first, names: names, forms: forms, handler: handler)
    }
    guard let place = configuration.settings.webListen else { return nil }
    do throws(HTTPError) {
      return try HTTPServer(
        host: place.host, port: place.port, names: names, forms: forms, handler: handler)
    } catch {
      guard error.meansAddressInUse else { throw error }
      throw StartFailure(
        "\(error): \(PortHolder.explanation(port: place.port, units: .collector)) (web_listen)")
    }
  }

  private func takePIDFile() throws -> PIDFile {
    do throws(IOError) {
      return try PIDFile(configuration.settings.pidFile)
    } catch {
      // The message names pid_file itself.
      let place = configuration.settings.place(of: "pid_file").dropLast(": pid_file".count)
      throw StartFailure("\(place): \(error)")
    }
  }

  // MARK: - Words at the start

  /// Says what is watched and where it is shown.
  private func announce(_ address: String?) {
    let hosts = configuration.settings.hosts.filter(\.update)
    let pages = address.map { ", pages on \($0)/" } ?? ", no pages (web_listen none)"
    log.note(
      "\(program) \(apusVersion) polls \(Amount.count(hosts.count, "node")), data in \(parts.folder.path)"
        + pages)
    guard parts.verbose else { return }
    for host in hosts.prefix(20) {
      Terminal.say("watching \(host.path) at \(host.endpoint.map { "\($0)" } ?? host.address)")
    }
    if hosts.count > 20 { Terminal.say("and \(hosts.count - 20) more") }
    if let address { Terminal.say("page: \(Terminal.paint(address + "/", .green))") }
  }
}
