internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import RRD
internal import Recording
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector history`: what is kept, under another name, as text, taken over from munin, or removed.
struct HistoryCommand: Sendable {
  /// The nodes of munin.conf.
  let configured: [String]
  /// dbdir.
  let folder: String
  private let muninLocks: String
  let options: [String: String]

  private init(_ configuration: Configuration, _ options: [String: String]) {
    configured = configuration.settings.hosts.map(\.path)
    folder = configuration.settings.databaseDirectory
    muninLocks = configuration.settings.runDirectory
    self.options = options
  }

  /// What the words ask for.
  enum Order: Sendable {
    case rename(old: String, new: String)
    case export(String, HistoryExport.Format, Range<Int>)
    case takeOver(String)
    case forget(String)
  }

  /// The words that may follow `history`.
  private static let subcommands = "rename, export, import or forget"

  /// Understands the words after `history`.
  static func order(_ words: [String], _ options: [String: String]) throws(UsageError) -> Order {
    switch words.first {
    case "rename":
      guard words.count == 3 else { throw usage.error("history rename: expected OLD and NEW") }
      try refuseExportOptions(options)
      return .rename(old: words[1], new: words[2])
    case "import":
      guard words.count == 2 else { throw usage.error("history import: expected one DIR") }
      try refuseExportOptions(options)
      return .takeOver(words[1])
    case "forget":
      guard words.count == 2 else { throw usage.error("history forget: expected one TARGET") }
      try refuseExportOptions(options)
      return .forget(words[1])
    case "export":
      guard words.count == 2 else { throw usage.error("history export: expected one TARGET") }
      guard options["yes"] == nil else {
        throw usage.error("history export: option --yes has no effect: nothing is changed")
      }
      let name = options["format"] ?? HistoryExport.Format.csv.rawValue
      guard let format = HistoryExport.Format(rawValue: name) else {
        throw usage.error("option --format: expected csv, jsonl or openmetrics, found '\(name)'")
      }
      do throws(RRDError) {
        var range = try RRDTime.range(
          from: options["from"] ?? "end-1s", to: options["to"] ?? "now")
        // Everything that is kept, from 1970 on.
        if options["from"] == nil { range = 1..<range.upperBound }
        return .export(words[1], format, range)
      } catch {
        throw usage.error("\(error)")
      }
    case let word?: throw usage.error("history: expected \(subcommands), found '\(word)'")
    case nil: throw usage.error("history: expected \(subcommands)")
    }
  }

  private static func refuseExportOptions(_ options: [String: String]) throws(UsageError) {
    for option in ["from", "to", "format"] where options[option] != nil {
      throw usage.error("option --\(option) belongs to '\(program) history export'")
    }
  }

  static func run(
    _ order: Order, _ configuration: Configuration, _ options: [String: String]
  ) throws -> Int32 {
    let command = HistoryCommand(configuration, options)
    // A first import makes the folder.
    if access(command.folder, F_OK) == 0 || order.needsFolder {
      try FolderOwner.become(of: command.folder)
    }
    switch order {
    case .rename(let old, let new):
      try command.change { try await command.rename(old, new, $0, $1) }
    case .takeOver(let source):
      try command.change { try await command.takeOver(source, $0, $1) }
    case .forget(let target):
      try command.change { try await command.forget(target, $0, $1) }
    case .export(let target, let format, let range):
      // It only reads, so it may run beside a collector, and in a folder that only munin knows.
      let path = "\(command.folder)/apus.sqlite"
      let ledger = access(path, F_OK) == 0 ? try Ledger(path: path) : nil
      try EventLoop.main.run { try await command.export(target, format, range, ledger) }
    }
    return ExitCode.done
  }

  /// Runs what changes the files or the ledger: while it does, no collector and no munin-update may run in the folder.
  private func change(
    _ body: @escaping @LoopActor @Sendable (Ledger, RRDWriter) async throws -> Void
  ) throws {
    let data = try DataFolder(folder, muninLocks: muninLocks)
    let ledger = try Ledger(path: data.ledger)
    let writer = RRDWriter(undoPath: data.undo)
    try EventLoop.main.run { try await body(ledger, writer) }
  }

  /// Brings the ledger up to date and finishes what a killed process began.
  /// - Returns: what was finished; `nil` also for what was given up.
  @discardableResult func prepare(
    _ ledger: Ledger, _ writer: RRDWriter
  ) async throws -> HistoryTables.Intent? {
    try await Collector.prepare(ledger)
    let putBack = try await InterruptedWrites.restore(ledger, writer, in: folder)
    if let text = InterruptedWrites.text(putBack) { Terminal.say(text) }
    guard let outcome = try await HistoryWork.resume(ledger, writer, in: folder) else { return nil }
    guard outcome.isComplete else {
      Terminal.complain("interrupted before: \(outcome)", program: program)
      return nil
    }
    Terminal.say("finished what was interrupted: \(outcome)")
    return outcome.intent
  }

  /// Does what a plan says, with a progress bar.
  func carryOut(
    _ intent: HistoryTables.Intent, _ label: String, _ ledger: Ledger, _ writer: RRDWriter
  ) async throws {
    var progress = Progress(label, of: intent.files.count, "files")
    let outcome = try await HistoryWork(intent, ledger, writer, in: folder).run {
      progress.advance()
    }
    progress.clear()
    guard outcome.isComplete else { throw HistoryError("\(outcome)") }
  }

  // MARK: rename

  private func rename(
    _ old: String, _ new: String, _ ledger: Ledger, _ writer: RRDWriter
  ) async throws {
    if let former = try await prepare(ledger, writer), "\(former.old)" == old,
      "\(former.new)" == new
    {
      return
    }
    let plan = try await HistoryRename.plan(
      old, new, ledger: ledger, configured: configured, directory: folder)
    let size =
      "\(Amount.count(plan.intent.files.count, "file")), \(plan.series) series"
    guard options["yes"] != nil else {
      Terminal.say("\(plan.old) would become \(plan.new): \(size)")
      list(plan.intent.files.map { "\($0.old) -> \($0.new)" })
      Terminal.say("nothing was changed; --yes does it")
      return
    }
    try await plan.begin(ledger)
    try await carryOut(plan.intent, "renaming", ledger, writer)
    Terminal.say("\(plan.old) is \(plan.new) now: \(size)")
    for node in plan.nodes where configured.contains(node.old) && !configured.contains(node.new) {
      Terminal.say(
        "munin.conf still calls it \(node.old): rename it there before the collector starts")
    }
  }

  // MARK: export

  private func export(
    _ target: String, _ format: HistoryExport.Format, _ range: Range<Int>, _ ledger: Ledger?
  ) async throws {
    let export = try await HistoryExport(
      target, ledger: ledger, configured: configured, directory: folder)
    let writer = RRDWriter()
    // Two texts on one terminal would be mixed.
    var progress = Progress(
      "exporting", of: export.series.count, "series", descriptor: isatty(1) == 1 ? -1 : 2)
    var failed: RRDError?
    try put(HistoryExport.head(format))
    for series in export.series {
      var text = ""
      do throws(RRDError) {
        text = HistoryExport.text(
          try await writer.history(of: series.path, in: range), of: series, format)
      } catch {
        progress.clear()
        Terminal.complain("\(error)", program: program)
        failed = error
      }
      try put(text)
      progress.advance()
    }
    progress.clear()
    try put(HistoryExport.end(format))
    if let failed { throw HistoryError("the export is not complete: \(failed)") }
  }

  private func put(_ text: String) throws {
    guard Terminal.write(text) else {
      throw HistoryError("cannot write to stdout: \(String(cString: strerror(errno)))")
    }
  }
}

extension HistoryCommand.Order {
  /// Whether there is nothing to do without a folder.
  fileprivate var needsFolder: Bool { if case .takeOver = self { false } else { true } }
}
