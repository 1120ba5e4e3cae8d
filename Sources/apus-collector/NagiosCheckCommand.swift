internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import Settings
internal import Terminal

/// `apus-collector nagios-check TARGET`: answers as a plugin of Nagios. Whatever goes wrong is "unknown", with the reason in the line.
enum NagiosCheckCommand {
  static let name = "nagios-check"
  /// Nagios' status for what is not known.
  static let unknown: Int32 = 3

  static func run(_ target: String, path: String?) -> Int32 {
    let configuration = Configuration(path: path)
    if let problem = configuration.problems.first { return tell(NagiosAnswer(failure: problem)) }
    let settings = configuration.settings
    let answer = Locked(NagiosAnswer(failure: "no answer"))
    do {
      let file = "\(settings.databaseDirectory)/apus.sqlite"
      // As the owner of the files: SQLite makes files of its own beside the ledger while it reads.
      if access(settings.databaseDirectory, F_OK) == 0 {
        try FolderOwner.become(of: settings.databaseDirectory)
      }
      let ledger = access(file, F_OK) == 0 ? try Ledger(path: file) : nil
      try EventLoop.main.run {
        let report = try await NagiosReport(target, settings, ledger: ledger, now: time(nil))
        answer.with { $0 = report.answer }
      }
    } catch {
      return tell(NagiosAnswer(failure: "\(error)"))
    }
    return tell(answer.with { $0 })
  }

  static func tell(_ answer: NagiosAnswer) -> Int32 {
    Terminal.say(answer.line)
    return answer.exitStatus
  }
}
