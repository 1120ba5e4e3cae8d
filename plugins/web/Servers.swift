internal import MuninWire
internal import PluginKit

/// The servers of a service, from fetch to fetch.
final class Servers {
  /// How long a look may take, in seconds, and how old it may be: as old as the look at all processes.
  private static let limit = 10
  private static let oldest = 1.0

  private var settings: [String: String]?
  private var choice = ServerChoice.none
  private var pages: [StatusPage] = []
  private var file: HistoryFile?
  private var history = ServerHistory()
  /// What stands in the file, as far as is known.
  private var kept: ServerHistory?
  private var verdicts = PatternVerdicts()
  private let lookup: Lookup<ServerLook>

  /// What is shown: each server that is there, was there, or has to be there.
  struct Shown {
    var server: WantedServer
    /// `nil` when nothing is known at the moment.
    var report: ServerReport?
    var record: ServerHistory.Record
    var hasStatus: Bool
    /// What its own pages say; `nil` for one that does not answer.
    var answers: [StatusAnswer?]
  }

  /// All servers, and why something of them is not known.
  struct Overview {
    var shown: [Shown] = []
    var complaints: [String] = []
  }

  init() {
    // What there is to do is known when somebody asks.
    lookup = Lookup("web servers in /proc", limit: .seconds(Servers.limit)) {
      ServerLook(nothing: ())
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
    pages = try StatusPage.all(settings, choice)
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

  /// Whether there is anything to show on this machine.
  func isAnythingThere(on host: Host) throws(PluginError) -> Bool {
    if choice.servers.contains(where: { $0.isNamed || history[$0.name] != nil }) { return true }
    let rows = try ProcessTable.rows(on: host)
    return TreeBuilder(rows, choice, on: host).isAnythingNamed
  }

  /// Looks at everything.
  /// - Throws: when it has to wait, or there is nothing at all to tell.
  func overview(on host: Host) throws(PluginError) -> Overview {
    var overview = Overview()
    // Slow ones first: what is read from /proc may be a second old.
    let answers = pages.map { $0.answer(on: host) }
    if host.hasErrands { throw Servers.waiting }
    var look: ServerLook?
    do throws(PluginError) {
      look = try self.look(on: host)
    } catch {
      if host.hasErrands { throw error }
      // Servers that are known stay, with values that are not.
      overview.complaints.append("\(error)")
      guard choice.servers.contains(where: { $0.isNamed || history[$0.name] != nil }) else {
        throw error
      }
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
        case nil: shown.answers.append(nil)
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
    let rows = try ProcessTable.rows(on: host)
    let request = ServerLook.Request(
      rows: rows, choice: choice, history: history, kept: kept, verdicts: verdicts,
      file: file, root: host.root, kernel: host.kernel)
    lookup.work = { ServerLook(request) }
    guard let look = host.answer(of: lookup, notOlderThan: Servers.oldest) else {
      throw Servers.waiting
    }
    history = look.history
    kept = look.history
    verdicts = look.verdicts
    return look
  }

  /// Either somebody goes for it, and this answer does not count, or he is stuck there.
  private static var waiting: PluginError {
    PluginError(
      source: "/proc", expected: "the web servers' processes within \(limit) s", found: "no end",
      isTimeout: true)
  }
}
