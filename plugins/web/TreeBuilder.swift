internal import Glibc
internal import MuninWire
internal import Patterns
internal import PluginKit

/// The results of matching patterns to processes, kept so that a process is matched once.
struct PatternVerdicts: Sendable {
  fileprivate struct Verdict: Sendable {
    var name: ProcessName
    /// The index of the server, -1 for none.
    var server: Int
  }

  fileprivate var known: [ProcessIdentity: Verdict] = [:]
}

/// Finds the servers among all processes, and the processes of each.
///
/// A master is a process of the server's program whose parent is of another program; its children are of the same
/// program. All other descendants belong to the server too, but are counted apart.
struct TreeBuilder {
  private let rows: [ProcessRow]
  private let choice: ServerChoice
  private let host: Host
  /// Each row's server by its own name or title, -1 for none.
  private var owner: [Int]
  private var titles: [Int: [UInt8]] = [:]
  /// The rows whose `exe` was read.
  private var isSeen: Set<Int> = []
  private var digits: [UInt8] = []
  /// Why something is not known, for the log.
  private(set) var complaints: [String] = []
  /// The indices of servers that may have more processes than were found.
  private(set) var unsure: Set<Int> = []

  /// Bytes of a title that are read.
  private static let longestTitle = 4096
  /// The age in seconds from which the result of a pattern is kept: a younger process may still call exec.
  private static let settled = 10.0

  /// - Parameter rows: all processes, by ID.
  init(_ rows: [ProcessRow], _ choice: ServerChoice, on host: Host) {
    self.rows = rows
    self.choice = choice
    self.host = host
    owner = Array(repeating: -1, count: rows.count)
  }

  /// - Parameters:
  ///   - withTitles: whether to read all titles, not only those that decide a role.
  mutating func build(
    _ verdicts: inout PatternVerdicts, withTitles: Bool = false
  ) -> [ServerTree] {
    markByName()
    if choice.hasPatterns { markByPattern(&verdicts) }
    readTitles()
    rejectStrangers()
    return trees(withTitles: withTitles)
  }

  /// Whether any process has the name of a server's program. Reads nothing further.
  var isAnythingNamed: Bool {
    var builder = self
    builder.markByName()
    return builder.owner.indices.contains { builder.owner[$0] >= 0 && !rows[$0].isZombie }
  }

  // MARK: Who is of which program

  private mutating func markByName() {
    var programs: [(ProcessName, Int)] = []
    for (place, server) in choice.servers.enumerated() {
      switch server.mark {
      case .kind(let kind): programs += kind.programs.map { (ProcessName($0), place) }
      case .program(let name): programs.append((name, place))
      case .pattern: break
      }
    }
    // Each name with a version is compared once.
    var numbered: [ProcessName: Int] = [:]
    let kinds = choice.servers.enumerated().filter { $0.element.kind?.numbered != nil }
    for index in rows.indices {
      let name = rows[index].stat.name
      if let found = programs.first(where: { $0.0 == name }) {
        owner[index] = found.1
      } else if !kinds.isEmpty, name.hasDigit {
        if let known = numbered[name] {
          owner[index] = known
        } else {
          let bytes = name.bytes
          let found = kinds.first { $0.element.kind!.owns(bytes.span) }?.offset ?? -1
          numbered[name] = found
          owner[index] = found
        }
      }
    }
  }

  private mutating func markByPattern(_ verdicts: inout PatternVerdicts) {
    let patterns = choice.servers.enumerated().compactMap { place, server in
      if case .pattern(let pattern) = server.mark { (place, pattern) } else { nil }
    }
    let me = UInt32(getpid())
    let now = host.kernel.secondsSinceBoot()
    var known: [ProcessIdentity: PatternVerdicts.Verdict] = [:]
    for index in rows.indices where owner[index] < 0 && !rows[index].isZombie {
      let row = rows[index]
      if row.pid == me, host.root.isEmpty { continue }
      if let verdict = verdicts.known[row.identity], verdict.name == row.stat.name {
        owner[index] = verdict.server
        known[row.identity] = verdict
        continue
      }
      guard let title = title(of: index), !title.isEmpty else { continue }
      for (place, pattern) in patterns {
        switch pattern.outcome(title.span) {
        case .matched: owner[index] = place
        case .notMatched: break
        case .gaveUp(let why):
          unsure.insert(place)
          complaints.append(
            "env.regex_\(choice.servers[place].name): process \(row.pid): \(why)")
        }
        if owner[index] >= 0 { break }
      }
      if now - Ticks.seconds(row.stat.start) > TreeBuilder.settled {
        known[row.identity] = .init(name: row.stat.name, server: owner[index])
      }
    }
    verdicts.known = known
  }

  private mutating func readTitles() {
    for index in rows.indices where owner[index] >= 0 && !rows[index].isZombie {
      let titles = choice.servers[owner[index]].kind?.titles ?? ServerKind.Titles.none
      if titles != .none { _ = title(of: index) }
    }
  }

  /// Drops processes that only have the name of the program, such as a script called httpd. Where `exe` may not be read
  /// the name decides.
  private mutating func rejectStrangers() {
    var isAnyRejected = true
    // The children of a dropped process become masters, and are looked at in the next round.
    while isAnyRejected {
      isAnyRejected = false
      for index in rows.indices where owner[index] >= 0 && !rows[index].isZombie {
        guard let kind = choice.servers[owner[index]].kind, !hasParentOfItsProgram(index),
          !isSeen.contains(index)
        else { continue }
        isSeen.insert(index)
        text(of: rows[index].pid)
        guard var path = host.linkTarget("/proc/", digits.span, "/exe") else { continue }
        // The program file was replaced by an upgrade.
        if path.suffix(10).elementsEqual(" (deleted)".utf8) { path.removeLast(10) }
        let name = Array(path[((path.lastIndex(of: 0x2F) ?? -1) + 1)...])
        if name.isEmpty || kind.owns(name.span) { continue }
        owner[index] = -1
        isAnyRejected = true
      }
    }
  }

  // MARK: Trees

  private mutating func trees(withTitles: Bool) -> [ServerTree] {
    let servers = serversAbove()
    var trees = choice.servers.indices.map { ServerTree(server: $0) }
    for index in rows.indices where servers[index] >= 0 {
      var process = ServerProcess(row: rows[index], role: .other)
      if owner[index] >= 0 { describe(&process, index) }
      // A zombie without a parent of its program is left over from a server that has ended.
      if rows[index].isZombie, process.role == .master { continue }
      if withTitles, !rows[index].isZombie { process.title = title(of: index) ?? [] }
      trees[servers[index]].processes.append(process)
    }
    for place in trees.indices { judge(&trees[place], choice.servers[place].kind) }
    return trees
  }

  private mutating func describe(_ process: inout ServerProcess, _ index: Int) {
    process.role = hasParentOfItsProgram(index) ? .child : .master
    guard let title = titles[index], let kind = choice.servers[owner[index]].kind else { return }
    let told = ServerTitle(kind.titles, title)
    process.title = title
    process.pool = told.pool
    process.isRetiring = told.isRetiring
    // A binary upgrade of nginx: the new master is a child of the old one for a while.
    if told.isMaster { process.role = .master }
    if told.isWorker, process.role == .master { process.role = .orphan }
  }

  /// For servers without titles: finds the children whose master has ended. They are in a process group whose leader is
  /// gone, while a master leads its group, or its shell does. A process that has children is a master.
  private func judge(_ tree: inout ServerTree, _ kind: ServerKind?) {
    guard let kind, kind.titles == .none, kind.hasChildren else { return }
    let parents = Set(tree.processes.filter { $0.role == .child }.map(\.row.stat.parent))
    for index in tree.processes.indices where tree.processes[index].role == .master {
      let row = tree.processes[index].row
      if row.stat.group == row.pid || parents.contains(row.pid) { continue }
      if place(of: row.stat.group) == nil { tree.processes[index].role = .orphan }
    }
  }

  /// For each row the server of the row itself or of its nearest ancestor.
  private func serversAbove() -> [Int] {
    let open = -2
    var found = Array(repeating: open, count: rows.count)
    var path: [Int] = []
    for index in rows.indices where found[index] == open {
      path.removeAll(keepingCapacity: true)
      var current: Int? = index
      var answer = -1
      while let place = current {
        if found[place] != open {
          answer = found[place]
          break
        }
        if owner[place] >= 0 {
          answer = owner[place]
          found[place] = answer
          break
        }
        path.append(place)
        // Meeting this mark again means a circle of parents, which only a damaged /proc has.
        found[place] = -1
        current = self.place(of: rows[place].stat.parent)
      }
      for place in path { found[place] = answer }
    }
    return found
  }

  private func hasParentOfItsProgram(_ index: Int) -> Bool {
    guard let parent = place(of: rows[index].stat.parent), parent != index else { return false }
    return owner[parent] == owner[index]
  }

  private func place(of pid: UInt32) -> Int? {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].pid < pid { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].pid == pid ? low : nil
  }

  // MARK: Files of a process

  /// The command line with blanks between its words.
  private mutating func title(of index: Int) -> [UInt8]? {
    if let known = titles[index] { return known }
    text(of: rows[index].pid)
    let title = host.readIfAllowed("/proc/", digits.span, "/cmdline") { text in
      var bytes: [UInt8] = []
      bytes.reserveCapacity(min(text.count, TreeBuilder.longestTitle))
      for place in 0..<min(text.count, TreeBuilder.longestTitle) {
        bytes.append(text[place] == 0 ? 0x20 : text[place])
      }
      while bytes.last == 0x20 { bytes.removeLast() }
      return bytes
    }
    titles[index] = title
    return title
  }

  private mutating func text(of pid: UInt32) {
    digits.removeAll(keepingCapacity: true)
    appendDecimal(UInt64(pid), to: &digits)
  }
}

/// The unit of time in /proc/PID/stat.
enum Ticks {
  static let perSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

  static func seconds(_ ticks: UInt64) -> Double { Double(ticks) / perSecond }
}
