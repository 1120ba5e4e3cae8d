internal import MuninWire
internal import PluginKit

/// One look at the servers: everything that is read of their processes, on a worker thread. The kernel can keep a reader
/// of a process's title or memory waiting for as long as the process holds the lock of its own memory.
struct ServerLook: Sendable {
  /// One report for each server whose state is known.
  var reports: [ServerReport] = []
  /// What is remembered after this look.
  var history: ServerHistory
  var verdicts: PatternVerdicts
  var complaints: [String] = []
  /// The look at all processes that was made for this one, with its time.
  var scan: (look: ProcessTable.Look, time: Double, wanted: ProcessTable.Wanted)?

  /// What a look needs.
  struct Request: Sendable {
    var choice: ServerChoice
    var history: ServerHistory
    /// The content of the file.
    var kept: ServerHistory?
    var verdicts: PatternVerdicts
    var file: HistoryFile?
  }

  /// - Parameter rows: all processes, by number.
  init(_ request: Request, at rows: [ProcessRow], on host: Host) {
    let now = host.kernel.secondsSinceBoot()
    history = request.history
    verdicts = request.verdicts
    var builder = TreeBuilder(rows, request.choice, on: host)
    var trees = builder.build(&verdicts)
    complaints = builder.complaints
    ServerLook.readDetails(of: &trees, request.choice, on: host)
    for (tree, server) in zip(trees, request.choice.servers) {
      // A pattern gave up, so the server may run without being found: no report.
      if builder.unsure.contains(tree.server), !tree.isUp { continue }
      var report = ServerReport(server, tree, at: now)
      report.fullest = ServerLook.fullest(of: tree, on: host)
      history.observe(report)
      reports.append(report)
    }
    history.forget(request.choice.ignored)
    if let file = request.file, history != request.kept, let trouble = file.write(history) {
      complaints.append(trouble)
    }
  }

  // MARK: Details of processes

  /// Reads memory and open files. Of the largest processes the PSS is read, of as many as the settings allow.
  static func readDetails(
    of trees: inout [ServerTree], _ choice: ServerChoice, on host: Host
  ) {
    var sizes: [UInt64] = []
    for tree in trees {
      for process in tree.living { sizes.append(process.row.stat.residentPages) }
    }
    var rest = choice.mostRollups
    // Processes of at least this size are among the largest.
    var least: UInt64 = 0
    if sizes.count > rest {
      sizes.sort(by: >)
      least = rest > 0 ? sizes[rest - 1] : .max
    }
    var digits: [UInt8] = []
    for place in trees.indices {
      for index in trees[place].processes.indices {
        let row = trees[place].processes[index].row
        if row.isZombie { continue }
        digits.removeAll(keepingCapacity: true)
        appendDecimal(UInt64(row.pid), to: &digits)
        let exactly = rest > 0 && row.stat.residentPages >= least
        if exactly { rest -= 1 }
        trees[place].processes[index].memory = MemoryUse.of(
          digits.span, exactly: exactly, on: host)
        trees[place].processes[index].openFiles = host.openFiles(ofProcess: digits.span)
      }
    }
  }

  /// How much of its limit of open files the process with the most open files uses, in percent.
  private static func fullest(of tree: ServerTree, on host: Host) -> Double? {
    let most = tree.living.max { $0.openFiles ?? 0 < $1.openFiles ?? 0 }
    guard let most, let count = most.openFiles else { return nil }
    var digits: [UInt8] = []
    appendDecimal(UInt64(most.row.pid), to: &digits)
    let limit = host.readIfAllowed("/proc/", digits.span, "/limits") { text -> UInt64? in
      let mark: StaticString = "Max open files"
      var lines = LineReader()
      while let line = lines.next(in: text) {
        guard text.hasPrefix(mark, at: line.lowerBound) else { continue }
        var words = WordReader(from: line.lowerBound + mark.utf8CodeUnitCount)
        return words.unsigned(in: text)
      }
      return nil
    }
    guard let limit, let limit, limit > 0 else { return nil }
    return 100 * Double(count) / Double(limit)
  }
}
