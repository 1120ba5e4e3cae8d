internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import Settings
internal import Terminal

/// `apus-collector why TARGET`: why a node, a graph or a field is as it is.
enum WhyCommand {
  static func run(_ target: String, _ configuration: Configuration) throws -> Int32 {
    let settings = configuration.settings
    let path = "\(settings.databaseDirectory)/apus.sqlite"
    // As the owner of the files: SQLite makes files of its own beside the ledger while it reads.
    if access(settings.databaseDirectory, F_OK) == 0 {
      try FolderOwner.become(of: settings.databaseDirectory)
    }
    let ledger = access(path, F_OK) == 0 ? try Ledger(path: path) : nil
    try EventLoop.main.run {
      let report = try await WhyReport(target, settings, ledger: ledger, now: time(nil))
      for line in report.lines { Terminal.say(line) }
    }
    return ExitCode.done
  }
}
