internal import Collector
internal import EventLoop
internal import Glibc
internal import Ledger
internal import RRD
internal import Recording
internal import Settings
internal import Terminal
internal import Text

/// `apus-collector fsck`: looks at every RRD file in the data folder, and mends with `--repair` what can be mended.
struct FsckCommand {
  private let folder: String
  private let isRepairing: Bool
  private let now = time(nil)
  private var findings = 0
  private var mended = 0
  private var files = 0
  private var setAside = 0
  private var unfinished = 0

  private init(folder: String, isRepairing: Bool) {
    self.folder = folder
    self.isRepairing = isRepairing
  }

  /// - Returns: the exit status: 1 when something is left that is wrong.
  static func run(_ configuration: Configuration, isRepairing: Bool) throws -> Int32 {
    let folder = configuration.settings.databaseDirectory
    try FolderOwner.become(of: folder)
    // While a collector runs, files are written under the eyes of this command: it may look, not mend.
    let data =
      isRepairing
      ? try DataFolder(folder, muninLocks: configuration.settings.runDirectory) : nil
    let status = Locked(ExitCode.failed)
    try EventLoop.main.run {
      var command = FsckCommand(folder: folder, isRepairing: isRepairing)
      var writer: RRDWriter?
      if let data { writer = try await FsckCommand.writer(of: data) }
      try await command.check(with: writer)
      let isSound = command.findings == command.mended
      status.with { $0 = isSound ? ExitCode.done : ExitCode.failed }
    }
    return status.with { $0 }
  }

  /// What mends files, once those are put back that a killed collector was writing: that must not be done to a mended file later.
  private static func writer(of data: DataFolder) async throws -> RRDWriter {
    let writer = RRDWriter(undoPath: data.undo)
    guard access(data.ledger, F_OK) == 0 else { return writer }
    let ledger = try Ledger(path: data.ledger)
    try await Collector.prepare(ledger)
    let count = try await InterruptedWrites.restore(ledger, writer, in: data.path)
    if let text = InterruptedWrites.text(count) { Terminal.say(text) }
    return writer
  }

  private mutating func check(with writer: RRDWriter?) async throws {
    var found: [RRDFinding] = []
    var progress = Progress("checking", of: RRDTree.count(below: folder), "files")
    RRDTree.walk(folder) { entry in
      switch entry {
      case .file(let path), .folderInPlace(let path):
        if case .file = entry { files += 1 }
        if let finding = RRDFinding(of: path, now: now) {
          found.append(finding)
          if !isRepairing {
            progress.clear()
            Terminal.say(finding.description)
          }
        }
        if case .file = entry { progress.advance() }
      case .setAside: setAside += 1
      case .unfinished: unfinished += 1
      case .closedFolder(let folder, let reason):
        findings += 1
        progress.clear()
        Terminal.say("\(folder): cannot be read: \(reason)")
      }
    }
    progress.clear()
    findings += found.count
    if let writer { await mend(found, with: writer) }
    Terminal.say(summary)
  }

  private mutating func mend(_ found: [RRDFinding], with writer: RRDWriter) async {
    var progress = Progress("mending", of: found.count, "files")
    for finding in found {
      var outcome = "left as it is"
      do throws(RRDError) {
        if let deed = try await writer.mend(finding, now: now) {
          outcome = deed
          mended += 1
        }
      } catch {
        outcome = "not mended: \(error)"
      }
      progress.clear()
      Terminal.say("\(finding): \(outcome)")
      progress.advance()
    }
  }

  private var summary: String {
    var text = "\(folder): \(Amount.count(files, "file")) checked: "
    switch (findings, mended) {
    case (0, _): text += "no problem found"
    case (_, 0): text += Amount.count(findings, "problem")
    default: text += "\(Amount.count(findings, "problem")), \(mended) mended"
    }
    if setAside > 0 { text += "; \(Amount.count(setAside, "file")) set aside before" }
    if unfinished > 0 {
      text += "; \(Amount.count(unfinished, "unfinished file")) of killed programs"
    }
    return text
  }
}
