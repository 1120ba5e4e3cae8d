internal import MuninWire
internal import PluginKit

/// What is remembered of servers: that they exist, and how many of their processes came and went.
///
/// Numbers of processes are given out anew, so a process is known by its number and its start.
struct ServerHistory: Sendable, Equatable {
  /// One server.
  struct Record: Sendable, Equatable {
    /// Children that came, children that went, masters that came after the first.
    var spawned: UInt64 = 0
    var gone: UInt64 = 0
    var restarts: UInt64 = 0
    var masters: Set<ProcessIdentity> = []
    var children: Set<ProcessIdentity> = []
    var pools: [String] = []
    /// Whether its open files could be counted.
    var hasFiles = false
    /// How its memory was found out.
    var method = MemorySum.Method.measured
  }

  private var records: [String: Record] = [:]

  var isEmpty: Bool { records.isEmpty }

  /// Takes a look at a server. One that is not there is remembered as it was.
  mutating func observe(_ report: ServerReport) {
    guard report.processes > 0 else { return }
    let masters = Set(report.masterIdentities)
    let children = Set(report.childIdentities)
    var record = Record()
    if let known = records[report.name] {
      record = known
      if report.isUp {
        record.restarts &+= UInt64(masters.subtracting(known.masters).count)
        // One that was reloaded or shut down for a while is the same: it is a new one that counts.
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

  /// A pool without processes is known by its page only.
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
  /// A file that is longer is none of ours.
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

  /// - Returns: `nil` for what is no such text. Lines that make no sense are left out.
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
