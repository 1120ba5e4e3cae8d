internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import RRD
internal import Recording
internal import Terminal
internal import Text

/// `history import` and `history forget`.
extension HistoryCommand {
  /// Shows what a dry run would do with many things.
  func list(_ items: [String]) {
    let shown = options["verbose"] != nil ? items.count : 10
    for item in items.prefix(shown) { Terminal.say("  \(item)") }
    if items.count > shown {
      Terminal.say("  and \(items.count - shown) more (--verbose names all)")
    }
  }

  // MARK: import

  func takeOver(_ source: String, _ ledger: Ledger, _ writer: RRDWriter) async throws {
    try await prepare(ledger, writer)
    let plan = try HistoryImport(from: source, into: folder, now: time(nil))
    for finding in plan.datafile.findings {
      Terminal.complain("\(plan.source)/datafile:\(finding): left out", program: program)
    }
    if plan.datafile.leftOut > plan.datafile.findings.count {
      Terminal.complain(
        "\(plan.source)/datafile: \(plan.datafile.leftOut) lines left out in all", program: program)
    }
    for damaged in plan.damaged { Terminal.complain("\(damaged): left out", program: program) }
    let graphs = plan.datafile.nodes.reduce(0) { $0 + $1.graphs.count }
    Terminal.say(
      "\(plan.source)/datafile: \(Amount.count(plan.datafile.nodes.count, "node")), "
        + Amount.count(graphs, "graph"))
    if plan.isInPlace {
      Terminal.say("its RRD files are those of the collector already")
    } else {
      let size = Amount.text(Double(plan.bytes), unit: "B")
      Terminal.say("\(Amount.count(plan.files.count, "RRD file")) to copy, \(size)")
      if plan.existing > 0 {
        Terminal.say(
          "\(Amount.count(plan.existing, "RRD file")) left out: \(folder) has files of these names")
      }
    }
    guard options["yes"] != nil else {
      list(plan.files)
      return Terminal.say("nothing was changed; --yes does it")
    }
    var progress = Progress("copying", of: plan.files.count, "files")
    try await plan.copy(into: folder, writer) { progress.advance() }
    progress.clear()
    let (services, series) = try await plan.describe(in: ledger, at: time(nil))
    Terminal.say(
      "imported: \(Amount.count(plan.files.count, "file")) copied, "
        + "\(Amount.count(services, "service")) and \(series) series new in the ledger")
    let strangers = plan.datafile.nodes.map(\.name).filter { !configured.contains($0) }
    if !strangers.isEmpty {
      Terminal.say(
        "\(Amount.count(strangers.count, "node")) not in munin.conf, without pages until they are:")
      list(strangers)
    }
  }

  // MARK: forget

  func forget(_ target: String, _ ledger: Ledger, _ writer: RRDWriter) async throws {
    if let finished = try await prepare(ledger, writer), finished.isForgetting,
      "\(finished.old)" == target
    {
      return
    }
    let plan = try await HistoryForget.plan(
      target, ledger: ledger, configured: configured, directory: folder)
    let size = "\(Amount.count(plan.intent.files.count, "file")), \(plan.series) series"
    let still = plan.nodes.filter(configured.contains)
    guard options["yes"] != nil else {
      Terminal.say("the history of \(plan.intent.old) would be removed: \(size)")
      list(plan.intent.files.map(\.old))
      if let first = still.first {
        let more = still.count > 1 ? " and \(still.count - 1) more" : ""
        Terminal.say("munin.conf has \(first)\(more): a new history begins with the next poll")
      }
      return Terminal.say("nothing was changed; --yes does it, and cannot be undone")
    }
    try await plan.begin(ledger)
    try await carryOut(plan.intent, "removing", ledger, writer)
    Terminal.say("\(plan.intent.result): \(size)")
  }
}
