internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import RRD
internal import Recording
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector history`: what is kept, under another name or as text.
struct HistoryCommand: Sendable {
  private let configured: [String]
  private let folder: String
  private let options: [String: String]

  private init(_ configuration: Configuration, _ options: [String: String]) {
    configured = configuration.settings.hosts.map(\.path)
    folder = configuration.settings.databaseDirectory
    self.options = options
  }

  /// What the words ask for.
  enum Order: Sendable {
    case rename(old: String, new: String)
    case export(String, HistoryExport.Format, Range<Int>)
  }

  /// Understands the words after `history`.
  static func order(_ words: [String], _ options: [String: String]) throws(UsageError) -> Order {
    switch words.first {
    case "rename":
      guard words.count == 3 else { throw usage.error("history rename: expected OLD and NEW") }
      for option in ["from", "to", "format"] where options[option] != nil {
        throw usage.error("option --\(option) belongs to '\(program) history export'")
      }
      return .rename(old: words[1], new: words[2])
    case "export":
      guard words.count == 2 else { throw usage.error("history export: expected one TARGET") }
      guard options["yes"] == nil else {
        throw usage.error("option --yes belongs to '\(program) history rename'")
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
    case let word?: throw usage.error("history: expected rename or export, found '\(word)'")
    case nil: throw usage.error("history: expected rename or export")
    }
  }

  static func run(
    _ order: Order, _ configuration: Configuration, _ options: [String: String]
  ) throws -> Int32 {
    let command = HistoryCommand(configuration, options)
    try FolderOwner.become(of: command.folder)
    switch order {
    case .rename(let old, let new):
      let data = try DataFolder(command.folder)
      let ledger = try Ledger(path: data.ledger)
      let writer = RRDWriter(undoPath: data.undo)
      try EventLoop.main.run { try await command.rename(old, new, ledger, writer) }
    case .export(let target, let format, let range):
      // It only reads, so it may run beside a collector, and in a folder that only munin knows.
      let path = "\(command.folder)/apus.sqlite"
      let ledger = access(path, F_OK) == 0 ? try Ledger(path: path) : nil
      try EventLoop.main.run { try await command.export(target, format, range, ledger) }
    }
    return ExitCode.done
  }

  // MARK: rename

  private func rename(
    _ old: String, _ new: String, _ ledger: Ledger, _ writer: RRDWriter
  ) async throws {
    try await Collector.prepare(ledger)
    let putBack = try await InterruptedWrites.restore(ledger, writer, in: folder)
    if let text = InterruptedWrites.text(putBack) { Terminal.say(text) }
    if let former = try await HistoryRename.finish(ledger, writer, in: folder) {
      Terminal.say("finished a rename that was interrupted: \(former.old) is \(former.new) now")
      if "\(former.old)" == old, "\(former.new)" == new { return }
    }
    let plan = try await HistoryRename.plan(
      old, new, ledger: ledger, configured: configured, directory: folder)
    let size =
      "\(Amount.count(plan.intent.files.count, "file")), \(plan.series) series"
    guard options["yes"] != nil else {
      Terminal.say("\(plan.old) would become \(plan.new): \(size)")
      let shown = options["verbose"] != nil ? plan.intent.files.count : 10
      for file in plan.intent.files.prefix(shown) { Terminal.say("  \(file.old) -> \(file.new)") }
      if plan.intent.files.count > shown {
        Terminal.say("  and \(plan.intent.files.count - shown) more (--verbose names all)")
      }
      Terminal.say("nothing was changed; --yes does it")
      return
    }
    var progress = Progress("renaming", of: plan.intent.files.count, "files")
    try await plan.begin(ledger)
    for file in plan.intent.files {
      try await HistoryRename.move(file, of: plan.intent, writer, in: folder)
      progress.advance()
    }
    try await HistoryRename.end(plan.intent, ledger, writer, in: folder)
    progress.clear()
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
