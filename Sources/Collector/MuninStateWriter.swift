internal import EventLoop
internal import Glibc
internal import Inventory
internal import Ledger
internal import Logbook
internal import Settings

/// Keeps munin's own files of the data folder current, so that munin-html and munin-graph draw from it and munin-update can go on:
/// `datafile`, `datafile.storable` and `munin-update.stats`.
///
/// They are written where munin has written them before, or where `datafile yes` asks for them.
@LoopActor
final class MuninStateWriter {
  private let ledger: Ledger
  private let files: MuninStateFiles
  private let folder: String
  private let log: Logbook
  private let clock: LoopClock
  /// Whether a node has said something new of its graphs since the last time.
  private var isChanged = false
  private var lastWrite: Int?
  private var isWriting = false
  private var reported = OnceLog<String>()

  /// Seconds between two writes of `datafile`.
  private static let pause = 300

  init(ledger: Ledger, folder: String, log: Logbook, clock: LoopClock) {
    self.ledger = ledger
    self.folder = folder
    self.log = log
    self.clock = clock
    files = MuninStateFiles(folder: folder)
  }

  /// A node has said something new of its graphs, or munin.conf names other nodes.
  func setChanged() { isChanged = true }

  /// Writes what has changed. Call it after a cycle.
  /// - Parameters:
  ///   - nodes: the nodes that answered, and how many seconds each took.
  ///   - total: the seconds of the cycle.
  func write(
    _ settings: MasterSettings, nodes: [(path: String, seconds: Double)], total: Double
  ) async {
    guard !isWriting else { return }
    isWriting = true
    defer { isWriting = false }
    if isWanted("munin-update.stats", settings) {
      var text = ""
      for node in nodes { text += "UD|\(node.path)|\(hundredths(node.seconds))\n" }
      text += "UT|\(hundredths(total))\n"
      await report("munin-update.stats") { [files, text] in
        try await files.write(text, to: "munin-update.stats")
      }
    }
    await writeDatafile(settings)
  }

  /// Writes `datafile` where it has changed and the last time is long enough ago.
  /// - Parameter atOnce: however long that is ago.
  func writeDatafile(_ settings: MasterSettings, atOnce: Bool = false) async {
    guard isWanted("datafile", settings) else { return }
    guard isChanged || access("\(folder)/datafile", F_OK) != 0 else { return }
    let now = clock.epoch
    if !atOnce, let lastWrite, now >= lastWrite, now - lastWrite < MuninStateWriter.pause { return }
    isChanged = false
    lastWrite = now
    let isWritten = await report("datafile") { [ledger, files] in
      let layouts = try await ledger.read { transaction throws(LedgerError) in
        try ServiceLayouts.read(in: transaction)
      }
      try await files.write { DatafileContents(layouts, settings: settings, version: $0) }
    }
    if !isWritten { isChanged = true }
  }

  private func isWanted(_ name: String, _ settings: MasterSettings) -> Bool {
    settings.datafile ?? (access("\(folder)/\(name)", F_OK) == 0)
  }

  @discardableResult private func report(
    _ name: String, _ work: () async throws -> Void
  ) async -> Bool {
    var trouble: String?
    do { try await work() } catch { trouble = "\(error)" }
    switch reported.update(trouble, of: name) {
    case .begun(let trouble), .changed(let trouble): log.note(trouble, .failure)
    case .ended: log.note("\(folder)/\(name): written again")
    case nil: break
    }
    return trouble == nil
  }

  /// `0.02`, as munin writes it.
  private func hundredths(_ seconds: Double) -> String {
    let hundredths = Int((min(max(seconds, 0), 1e9) * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
