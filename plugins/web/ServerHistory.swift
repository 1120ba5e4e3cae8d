internal import MuninWire
internal import PluginKit

/// What is remembered of servers: that they were seen, and how many of their processes started and ended.
///
/// The kernel reuses process IDs, so a process is identified by its ID and its start time.
struct ServerHistory: Sendable, Equatable {
  /// One server.
  struct Record: Sendable, Equatable {
    /// Children started, children ended, masters started after the first.
    var spawned: UInt64 = 0
    var gone: UInt64 = 0
    var restarts: UInt64 = 0
    var masters: Set<ProcessIdentity> = []
    var children: Set<ProcessIdentity> = []
    var pools: [String] = []
    /// Whether its open files could be counted.
    var hasFiles = false
    /// Where the numbers of its memory came from.
    var method = MemorySum.Method.measured
  }

  private var records: [String: Record] = [:]

  var isEmpty: Bool { records.isEmpty }

  /// Adds a look at a server. A server that does not run keeps its record.
  mutating func observe(_ report: ServerReport) {
    guard report.processes > 0 else { return }
    let masters = Set(report.masterIdentities)
    let children = Set(report.childIdentities)
    var record = Record()
    if let known = records[report.name] {
      record = known
      if report.isUp {
        record.restarts &+= UInt64(masters.subtracting(known.masters).count)
        // Only a process that was not there before is a restart: a reload keeps the master.
      }
      record.spawned &+= UInt64(children.subtracting(known.children).count)
      record.gone &+= UInt64(known.children.subtracting(children).count)
    }
    if report.isUp { record.masters = masters }
    record.children = children
    record.hasFiles = report.openFiles != nil || record.hasFiles
    record.method = report.memory?.method ?? record.method
    for pool in report.pools where !record.pools.contains(pool.name) {
      record.pools.append(pool.name)
    }
    record.pools = Array(record.pools.sorted().prefix(ServerReport.mostPools))
    records[report.name] = record
  }

  /// Adds a pool that has no processes and is known from its status page only.
  mutating func remember(_ pool: String, of server: String) {
    guard let record = records[server], !record.pools.contains(pool),
      record.pools.count < ServerReport.mostPools
    else { return }
    records[server]!.pools.append(pool)
    records[server]!.pools.sort()
  }

  mutating func forget(_ names: Set<String>) {
    for name in names { records[name] = nil }
  }

  subscript(name: String) -> Record? { records[name] }
}

// MARK: - As text

extension ServerHistory {
  private static let head = "apus web_processes 1"
  /// A bound on the file.
  static let longest = 4 << 20

  /// Lines of words: `server NAME SPAWNED GONE RESTARTS FILES METHOD`, then its `pool`s, `master`s and `child`ren.
  var text: [UInt8] {
    var text = ServerHistory.head + "\n"
    func list(_ word: String, _ identities: Set<ProcessIdentity>) {
      for identity in identities.sorted(by: { ($0.start, $0.pid) < ($1.start, $1.pid) }) {
        text += "\(word) \(identity.pid) \(identity.start)\n"
      }
    }
    for (name, record) in records.sorted(by: { $0.key < $1.key }) {
      text += "server \(name) \(record.spawned) \(record.gone) \(record.restarts) "
      text += "\(record.hasFiles ? 1 : 0) \(record.method.rawValue)\n"
      for pool in record.pools { text += "pool \(pool)\n" }
      list("master", record.masters)
      list("child", record.children)
    }
    return Array(text.utf8)
  }

  /// - Returns: `nil` when the text is not a history. Lines that cannot be parsed are left out.
  init?(_ text: Span<UInt8>) {
    var lines = LineReader()
    guard let head = lines.next(in: text),
      String(copying: text.extracting(head)) == ServerHistory.head
    else { return nil }
    var name: String?
    while let line = lines.next(in: text) {
      let words = String(copying: text.extracting(line)).split(separator: " ").map(String.init)
      switch (words.first, words.count) {
      case ("server", 7):
        name = nil
        guard isFieldName(words[1]), records.count < ServerChoice.most,
          let spawned = UInt64(words[2]), let gone = UInt64(words[3]),
          let restarts = UInt64(words[4]), let method = MemorySum.Method(rawValue: words[6])
        else { continue }
        name = words[1]
        records[words[1]] = Record(
          spawned: spawned, gone: gone, restarts: restarts, hasFiles: words[5] == "1",
          method: method)
      case ("pool", 2):
        guard let name, isFieldName(words[1]) else { continue }
        records[name]?.pools.append(words[1])
      case ("master", 3), ("child", 3):
        guard let name, let pid = UInt32(words[1]), let start = UInt64(words[2]) else { continue }
        let identity = ProcessIdentity(pid: pid, start: start)
        if words[0] == "master" {
          records[name]?.masters.insert(identity)
        } else {
          records[name]?.children.insert(identity)
        }
      default: break
      }
    }
  }
}
