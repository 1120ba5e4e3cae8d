internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import RRD
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector check`: everything that is wrong with the settings and with the files in the data folder, each with file and
/// line; with `--tree` and `--json` also what the settings come to.
enum CollectorCheck {
  /// - Parameter path: munin.conf, or `nil` for no settings at all.
  static func run(path: String?, isTree: Bool, isJSON: Bool) -> Int32 {
    let configuration = Configuration(path: path, isComplete: true)
    let settings = configuration.settings
    let isRight = configuration.problems.isEmpty
    var warnings = configuration.warnings
    // As a start does: what the owner of the files may not do is found then, and SQLite makes files of its own beside the ledger.
    if access(settings.databaseDirectory, F_OK) == 0 {
      try? FolderOwner.become(of: settings.databaseDirectory)
    }
    if isRight {
      warnings += StartObstacles.find(settings)
      warnings += files(below: settings.databaseDirectory)
      if let trouble = settings.rrdcachedTrouble { warnings.append(trouble) }
    }
    let (tree, trouble) = ledger(settings, needsTree: isJSON || isTree, isRight: isRight)
    if let trouble { warnings.append(trouble) }
    if isJSON {
      let report = CheckReport(configuration, path: path, warnings: warnings, tree: tree)
      Terminal.say(String(decoding: report.json.bytes, as: UTF8.self))
      return isRight ? ExitCode.done : ExitCode.wrongUsage
    }
    for problem in configuration.problems { Terminal.complain(problem, program: program) }
    for warning in warnings {
      Terminal.complain(Configuration.line(ofWarning: warning), program: program)
    }
    // Of settings with errors: what of them can be read.
    if let tree { Terminal.print(CheckTree(tree).text, "") }
    guard isRight else { return ExitCode.wrongUsage }
    let polled = settings.hosts.count(where: \.update)
    let result =
      warnings.isEmpty ? "no problem found" : Amount.count(warnings.count, "warning")
    Terminal.say(
      "\(path ?? "no settings"): \(result); \(Amount.count(polled, "node")) would be polled")
    return ExitCode.done
  }

  /// Looks whether the ledger is sound, and makes the tree. The ledger knows which files are still to come; without one, only those that
  /// exist are counted.
  private static func ledger(
    _ settings: MasterSettings, needsTree: Bool, isRight: Bool
  ) -> (SettingsTree?, String?) {
    let path = "\(settings.databaseDirectory)/apus.sqlite"
    let isThere = access(path, F_OK) == 0
    guard needsTree || (isThere && isRight) else { return (nil, nil) }
    do {
      return try EventLoop.main.run { () async throws -> (SettingsTree?, String?) in
        do throws(LedgerError) {
          let ledger = try isThere ? Ledger(path: path) : nil
          try await ledger?.verify()
          return (needsTree ? try await SettingsTree(settings, ledger: ledger) : nil, nil)
        } catch {
          guard needsTree else { return (nil, "\(error)") }
          return (
            try await SettingsTree(settings, ledger: nil),
            "\(error): the files to come are not counted"
          )
        }
      }
    } catch {
      return (nil, "\(error)")
    }
  }

  private static func files(below folder: String) -> [String] {
    // Files that another program has made differently are fsck's to name: they are written as any other.
    RRDTree.findings(below: folder, now: time(nil)).filter { $0.kind != .unprotected }
      .map(\.description)
  }
}
