internal import MuninWire
internal import PluginKit

/// What a service knows of its servers, kept from fetch to fetch.
final class Servers {
  /// How long a look may take, in seconds, and for how long it serves: as long as the look at all processes.
  private static let limit = 10
  private static let age = 1.0

  private var settings: [String: String]?
  private var choice = ServerChoice.none
  private var pages: [StatusPage] = []
  /// Errors in the settings that concern single pages.
  private var complaints: [PluginError] = []
  private var file: HistoryFile?
  private var history = ServerHistory()
  /// The content of the file, as far as it is known.
  private var kept: ServerHistory?
  private var verdicts = PatternVerdicts()
  private let read: SlowRead<Result<ServerLook, PluginError>>

  /// A server that is shown: it runs, was seen before, or is named by the settings.
  struct Shown {
    var server: WantedServer
    /// `nil` when its present state is not known.
    var report: ServerReport?
    var record: ServerHistory.Record
    var hasStatus: Bool
    /// The answers of its status pages; `nil` for a page without a usable answer.
    var answers: [StatusAnswer?]
  }

  /// All servers, and the errors for the log.
  struct Overview {
    var shown: [Shown] = []
    var complaints: [String] = []
  }

  init() {
    // The work is set before each read: it depends on the settings and the history.
    read = SlowRead("web servers in /proc", limit: .seconds(Servers.limit), goodFor: Servers.age) {
      .failure(Servers.noAnswer)
    }
  }

  static func of(_ host: Host) throws(PluginError) -> Servers {
    let servers = host.kept(for: host.service) { Servers() }
    try servers.adopt(host.settings)
    return servers
  }

  private func adopt(_ settings: [String: String]) throws(PluginError) {
    if settings == self.settings { return }
    let choice = try ServerChoice(settings)
    complaints = []
    pages = StatusPage.all(settings, choice, &complaints)
    self.choice = choice
    let file = HistoryFile(settings)
    if file?.path != self.file?.path {
      kept = file?.read()
      if history.isEmpty { history = kept ?? history }
      self.file = file
    }
    history.forget(choice.ignored)
    verdicts = PatternVerdicts()
    self.settings = settings
  }

  /// Declares what is read for a question: status pages, and in one read all processes and then the servers' own.
  func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    guard question != .autoconf else {
      if !isAnythingKnown { ProcessTable.slowReads(.rows, on: host, into: &list) }
      return
    }
    for page in pages {
      if let read = page.read(on: host) { list.add(read, on: host) }
    }
    if list.add(read, on: host) { read.work = work(on: host) }
  }

  /// Whether servers are shown without a look at the machine.
  private var isAnythingKnown: Bool {
    choice.servers.contains { $0.isNamed || history[$0.name] != nil }
  }

  /// Whether there is anything to show on this machine.
  func isAnythingThere(on host: Host) throws(PluginError) -> Bool {
    if isAnythingKnown { return true }
    let rows = try ProcessTable.rows(on: host)
    return TreeBuilder(rows, choice, on: host).isAnythingNamed
  }

  /// The present state of all servers.
  /// - Throws: when there is no server to show.
  func overview(on host: Host) throws(PluginError) -> Overview {
    var overview = Overview()
    overview.complaints = complaints.map { "\($0)" }
    let answers = pages.map { $0.answer(on: host) }
    var look: ServerLook?
    do throws(PluginError) {
      look = try self.look(on: host)
    } catch {
      // Known servers stay, with unknown values.
      overview.complaints.append("\(error)")
      guard isAnythingKnown else { throw error }
    }
    overview.complaints += look?.complaints ?? []
    for server in choice.servers {
      let report = look?.reports.first { $0.name == server.name }
      let record = history[server.name]
      guard server.isNamed || record != nil || report?.processes ?? 0 > 0 else { continue }
      var shown = Shown(
        server: server, report: report, record: record ?? ServerHistory.Record(),
        hasStatus: false, answers: [])
      for (page, answer) in zip(pages, answers) where page.server == server.name {
        shown.hasStatus = true
        switch answer {
        case .success(let answer):
          shown.answers.append(answer)
          if let pool = answer.pool { history.remember(pool, of: server.name) }
        case .failure(let failure):
          shown.answers.append(nil)
          overview.complaints.append("\(failure)")
        }
      }
      overview.shown.append(shown)
    }
    guard !overview.shown.isEmpty else {
      throw PluginError(
        source: "/proc", expected: "a web server, or one named in env.names", found: "none")
    }
    return overview
  }

  private func look(on host: Host) throws(PluginError) -> ServerLook {
    if !host.hasWorkers { read.work = work(on: host) }
    guard let result = host.answer(of: read) else { throw Servers.noAnswer }
    let look = try result.get()
    // `processes` and `threads` are asked next and use the same look.
    if let scan = look.scan {
      ProcessTable.of(host).remember(scan.look, at: scan.time, scan.wanted)
    }
    history = look.history
    kept = look.history
    verdicts = look.verdicts
    return look
  }

  /// One look, on a worker thread: all processes, unless somebody has just looked at them, then the servers among
  /// them.
  private func work(on host: Host) -> @Sendable () -> Result<ServerLook, PluginError> {
    let table = ProcessTable.of(host)
    let now = host.kernel.secondsSinceBoot()
    let wanted = table.wanted(with: .rows, at: now)
    let fresh = table.fresh(.rows, at: now)
    let request = ServerLook.Request(
      choice: choice, history: history, kept: kept, verdicts: verdicts, file: file)
    let root = host.root
    let kernel = host.kernel
    return { () -> Result<ServerLook, PluginError> in
      // On another thread: it needs a buffer of its own.
      let host = Host(root: root, kernel: kernel)
      do throws(PluginError) {
        if let fresh { return .success(ServerLook(request, at: fresh.rows, on: host)) }
        let scan = try ProcessTable.look(at: host, wanted)
        var look = ServerLook(request, at: scan.rows, on: host)
        look.scan = (scan, kernel.secondsSinceBoot(), wanted)
        return .success(look)
      } catch {
        return .failure(error)
      }
    }
  }

  private static var noAnswer: PluginError {
    PluginError(
      source: "/proc", expected: "the web servers' processes within \(limit) s", found: "no end",
      isTimeout: true)
  }
}
