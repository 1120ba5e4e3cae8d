internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import Logbook
internal import Notify
internal import RRD
internal import Recording
internal import Settings
internal import Terminal

/// What `run` and `poll` are made of.
struct CollectorParts: Sendable {
  let configuration: Configuration
  private let warnings: StartWarnings
  let verbose: Bool
  let log: Logbook
  let folder: DataFolder
  let ledger: Ledger
  let grapher = RRDGrapher()
  let writer: RRDWriter
  private let pictures = CollectorPictures()
  /// Why messages have no links that acknowledge and silence.
  private let linkObstacle: String?

  init(_ configuration: Configuration, _ warnings: StartWarnings, verbose: Bool) throws {
    self.configuration = configuration
    self.warnings = warnings
    self.verbose = verbose
    let settings = configuration.settings
    // Files of root's in the folder could not be written by munin, nor by a collector of munin's.
    if access(settings.databaseDirectory, F_OK) == 0 {
      try FolderOwner.become(of: settings.databaseDirectory)
    }
    log = try Logbook(to: settings.logDestination, severity: settings.logThreshold)
    folder = try DataFolder(
      settings.databaseDirectory, muninLocks: settings.runDirectory)
    ledger = try Ledger(path: folder.ledger)
    linkObstacle = folder.hideLedger()
    writer = RRDWriter(undoPath: folder.undo)
  }

  /// The collector with all that a former run left.
  /// - Parameters:
  ///   - site: where the pages are, for links in mails.
  ///   - linkSite: where the page with the buttons is; `nil` where readers of messages could not open it.
  ///   - isFromCron: each line on stderr is a mail.
  @LoopActor
  func collector(
    site: String?, linkSite: String? = nil, isFromCron: Bool = false
  ) async throws -> Collector {
    try await Collector.prepare(ledger)
    await warnings.note(in: log, ledger)
    if let outcome = try await HistoryWork.resume(ledger, writer, in: folder.path) {
      if outcome.isComplete {
        log.note("finished what was interrupted: \(outcome)")
      } else {
        log.note("history: \(outcome)", .failure)
      }
    }
    if let new = try await FirstImport.make(
      from: folder.path, into: ledger, now: LoopClock.real.epoch)
    {
      log.note("\(new)", !new.isRead ? .warning : isFromCron ? .info : .notice)
    }
    let links = try await links(to: linkSite)
    let collector = Collector(
      settings: configuration.settings, ledger: ledger,
      courier: courier(configuration, site: site, links: links),
      writer: writer, grapher: grapher, site: site, links: links, log: log)
    pictures.collector = collector
    try await collector.restore()
    return collector
  }

  /// Signs with the key of the ledger, which must be nobody else's.
  private func links(to site: String?) async throws -> AlertLinks? {
    guard let site, LinkKey.canSign else { return nil }
    if let linkObstacle {
      log.note(
        "\(linkObstacle): messages have no links that acknowledge and silence, which its readers could forge",
        .warning)
      return nil
    }
    let key = try await ledger.transaction { transaction throws(LedgerError) in
      try LinkKey.inLedger(transaction)
    }
    return AlertLinks(site: site, key: key)
  }

  /// What delivers messages as some settings say.
  /// - Parameters:
  ///   - site: where the pages are, for links.
  ///   - links: makes the addresses of the page with the buttons.
  func courier(_ configuration: Configuration, site: String?, links: AlertLinks?) -> Courier {
    Courier(
      ledger: ledger, mails: configuration.mails?.exchange(), pictures: pictures,
      alerts: AlertWriter(
        configuration.settings, site: site, links: links, history: RecentHistory(pictures)))
  }
}
