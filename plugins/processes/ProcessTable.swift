internal import MuninWire
internal import PluginKit

/// The last look at all processes. `processes`, `threads`, `proc_pri` and `web_processes` are asked within
/// milliseconds of each other and share one look at /proc, which costs more than all other plugins together.
///
/// A process costs some microseconds. Where there are many, the look is a slow read, on a worker thread.
final class ProcessTable {
  /// What is wanted beside the counts.
  struct Wanted: OptionSet, Hashable, Sendable {
    let rawValue: UInt8

    /// Locked memory, which is in a second file of each process.
    static let locked = Wanted(rawValue: 1)
    /// Every process by itself.
    static let rows = Wanted(rawValue: 2)
  }

  /// What one look found.
  struct Look: Sendable {
    var counts = ProcessCounts()
    /// By number; without threads of the kernel. Empty unless ``Wanted/rows`` was wanted.
    var rows: [ProcessRow] = []
  }

  /// For how many seconds a look serves: a master asks the plugins that share it within that time.
  private static let longest = 1.0
  /// How many processes are looked at on the loop's thread: about three milliseconds.
  private static let few = 500
  /// For how many seconds after a plugin wanted more than counts each look finds that too, so that one look serves all
  /// plugins: three polls of a master.
  private static let remembered = 900.0

  /// How many seconds a look on a worker thread may take.
  private static let limit = 10
  /// More than any machine has; each takes a hundred bytes.
  private static let mostRows = 200_000

  private typealias Read = SlowRead<Result<Look, PluginError>>

  private var last: (look: Look, time: Double, wanted: Wanted)?
  private var lockedWanted = -Double.infinity
  private var rowsWanted = -Double.infinity
  /// Not known before the first look, which may be the worst.
  private var areMany = true
  /// The looks on worker threads, by what is wanted.
  private var reads: [Wanted: Read] = [:]
  /// When a look on a worker thread was declared last, by what was asked for.
  private var declared: [Wanted: Double] = [:]

  static func of(_ host: Host) -> ProcessTable { host.kept { ProcessTable() } }

  static func counts(
    on host: Host, locked: Bool = false
  ) throws(PluginError) -> ProcessCounts {
    try of(host).look(on: host, locked ? .locked : []).counts
  }

  /// Every process, by number.
  static func rows(on host: Host) throws(PluginError) -> [ProcessRow] {
    try of(host).look(on: host, .rows).rows
  }

  /// Declares a look on a worker thread, where there are many processes and no look is fresh.
  static func slowReads(_ asked: Wanted, on host: Host, into list: inout SlowReads) {
    of(host).declare(asked, on: host, into: &list)
  }

  private func declare(_ asked: Wanted, on host: Host, into list: inout SlowReads) {
    let now = host.kernel.secondsSinceBoot()
    let wanted = wanted(with: asked, at: now)
    guard areMany, fresh(asked, at: now) == nil else { return }
    let read = reads[wanted] ?? ProcessTable.read(on: host, wanted)
    reads[wanted] = read
    declared[asked] = now
    list.add(read, on: host)
  }

  /// A look of the last second that has all that is asked for.
  func fresh(_ asked: Wanted, at now: Double) -> Look? {
    guard let last, (0...ProcessTable.longest).contains(now - last.time),
      last.wanted.isSuperset(of: asked)
    else { return nil }
    return last.look
  }

  /// What one look is to find so that it serves all who asked lately.
  func wanted(with asked: Wanted, at now: Double) -> Wanted {
    if asked.contains(.locked) { lockedWanted = now }
    if asked.contains(.rows) { rowsWanted = now }
    var wanted: Wanted = []
    if (0...ProcessTable.remembered).contains(now - lockedWanted) { wanted.insert(.locked) }
    if (0...ProcessTable.remembered).contains(now - rowsWanted) { wanted.insert(.rows) }
    return wanted
  }

  /// Keeps a look for those who ask within the next second.
  func remember(_ look: Look, at time: Double, _ wanted: Wanted) {
    areMany = look.counts.processes > ProcessTable.few
    last = (look, time, wanted)
  }

  private func look(on host: Host, _ asked: Wanted) throws(PluginError) -> Look {
    let now = host.kernel.secondsSinceBoot()
    let wanted = wanted(with: asked, at: now)
    if let look = fresh(asked, at: now) { return look }
    // No look is left when this one fails.
    last = nil
    if areMany, host.hasWorkers { return try declaredLook(asked) }
    let look = try ProcessTable.look(at: host, wanted)
    remember(look, at: now, wanted)
    return look
  }

  /// What a worker thread has found since this look was declared.
  private func declaredLook(_ asked: Wanted) throws(PluginError) -> Look {
    let since = (declared[asked] ?? .infinity) - ProcessTable.longest
    var newest: (result: Result<Look, PluginError>, time: Double, wanted: Wanted)?
    for (wanted, read) in reads where wanted.isSuperset(of: asked) {
      guard let latest = read.latest, latest.time >= since,
        newest.map({ $0.time < latest.time }) ?? true
      else { continue }
      newest = (latest.answer, latest.time, wanted)
    }
    guard let newest else {
      throw PluginError(
        source: "/proc", expected: "all processes within \(ProcessTable.limit) s", found: "no end",
        isTimeout: true)
    }
    let look = try newest.result.get()
    remember(look, at: newest.time, newest.wanted)
    return look
  }

  private static func read(on host: Host, _ wanted: Wanted) -> Read {
    let root = host.root
    let kernel = host.kernel
    return Read("/proc", limit: .seconds(limit), goodFor: longest) {
      () -> Result<Look, PluginError> in
      // On another thread: it needs a buffer of its own.
      let host = Host(root: root, kernel: kernel)
      do throws(PluginError) {
        return .success(try look(at: host, wanted))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Looks at /proc on the thread of the caller.
  static func look(at host: Host, _ wanted: Wanted) throws(PluginError) -> Look {
    var look = Look()
    var firstIsSeen = false
    var anyIsSeen = false
    try host.forEachName(in: "/proc") { name throws(PluginError) in
      guard name[0].isDigit else { return }
      anyIsSeen = true
      let stat = try host.readIfPresent("/proc/", name, "/stat") { text throws(PluginError) in
        guard let stat = ProcessStat(text) else {
          throw PluginError(
            source: "/proc/\(String(copying: name))/stat",
            expected: "a name in parentheses and 22 values", found: excerpt(text))
        }
        return stat
      }
      // It ended since the folder was read.
      guard let stat else { return }
      if name.isEqual(to: "1") { firstIsSeen = true }
      look.counts.take(stat)
      if wanted.contains(.locked), stat.hasMemory, try hasLockedMemory(name, on: host) {
        look.counts.locked += 1
      }
      guard wanted.contains(.rows), let pid = parseUnsigned(name).flatMap(UInt32.init(exactly:))
      else { return }
      let row = ProcessRow(pid: pid, stat: stat)
      if stat.hasMemory || row.isZombie { look.rows.append(row) }
      guard look.rows.count <= mostRows else {
        throw PluginError(
          source: "/proc", expected: "at most \(mostRows) processes", found: "more")
      }
    }
    // A process sees itself, whatever is hidden.
    guard anyIsSeen || host.canRead("/proc/stat") else {
      throw PluginError(
        source: "/proc", sentence: "/proc: expected all processes, found none: /proc is not mounted"
      )
    }
    guard firstIsSeen else {
      throw PluginError(
        source: "/proc", expected: "all processes",
        found: "not even number 1: others' are hidden (mount option hidepid)")
    }
    // The kernel lists them so, other file systems do not.
    if !areInOrder(look.rows) { look.rows.sort { $0.pid < $1.pid } }
    return look
  }

  private static func areInOrder(_ rows: [ProcessRow]) -> Bool {
    for index in rows.indices.dropFirst() where rows[index].pid <= rows[index - 1].pid {
      return false
    }
    return true
  }

  private static func hasLockedMemory(
    _ process: Span<UInt8>, on host: Host
  ) throws(PluginError) -> Bool {
    try host.readIfPresent("/proc/", process, "/status") { text in
      var lines = LineReader()
      while let line = lines.next(in: text) {
        guard text.hasPrefix("VmLck:", at: line.lowerBound) else { continue }
        var words = WordReader(from: line.lowerBound + 6)
        return words.unsigned(in: text).map { $0 > 0 } ?? false
      }
      return false
    } ?? false
  }
}
