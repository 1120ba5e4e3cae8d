internal import MuninWire
internal import PluginKit

/// The sums over a server's processes.
struct ServerReport: Sendable {
  /// The name of its fields.
  var name: String
  var isUp: Bool
  var masters: UInt64 = 0
  var children: UInt64 = 0
  var others: UInt64 = 0
  /// Children that finish their open requests and then end; `nil` where that cannot be seen.
  var retiring: UInt64?
  var states = States()
  var memory: MemorySum?
  /// Hundredths of a second of CPU time, of living processes and of ended children they waited for.
  var user: UInt64 = 0
  var system: UInt64 = 0
  var threads: UInt64 = 0
  /// Ages in seconds: of the youngest master, of the oldest child, and the median of the children.
  var age: Double?
  var oldest: Double?
  var median: Double?
  /// `nil` when they may not be read.
  var openFiles: UInt64?
  /// The process nearest to its own limit of open files, in percent of it.
  var fullest: Double?
  var pools: [PoolReport] = []
  /// The identities, to recognise them at the next look.
  var masterIdentities: [ProcessIdentity] = []
  var childIdentities: [ProcessIdentity] = []

  /// Processes by state.
  struct States: Sendable {
    var running: UInt64 = 0
    var sleeping: UInt64 = 0
    var uninterruptible: UInt64 = 0
    var stopped: UInt64 = 0
    var zombie: UInt64 = 0
  }

  /// All living processes.
  var processes: UInt64 { masters + children + others }
}

/// A pool of php-fpm.
struct PoolReport: Sendable {
  var name: String
  var children: UInt64 = 0
  var running: UInt64 = 0
  var memory: MemorySum?
}

extension ServerReport {
  /// - Parameter now: seconds since the machine started.
  init(_ server: WantedServer, _ tree: ServerTree, at now: Double) {
    name = server.name
    isUp = tree.isUp
    if server.kind?.titles == .nginx { retiring = 0 }
    var ticks: (user: UInt64, system: UInt64) = (0, 0)
    var starts: [UInt64] = []
    var files: UInt64?
    for process in tree.processes {
      let stat = process.row.stat
      states.take(stat.state)
      ticks.user &+= stat.user &+ stat.childrenUser
      ticks.system &+= stat.system &+ stat.childrenSystem
      if process.row.isZombie { continue }
      threads &+= stat.threads
      switch process.role {
      case .master:
        masters += 1
        masterIdentities.append(process.row.identity)
        let age = max(0, now - Ticks.seconds(stat.start))
        self.age = min(self.age ?? age, age)
      case .child, .orphan:
        children += 1
        childIdentities.append(process.row.identity)
        starts.append(stat.start)
        if process.isRetiring { retiring = (retiring ?? 0) + 1 }
      case .other: others += 1
      }
      if let count = process.openFiles { files = (files ?? 0) &+ count }
    }
    user = ServerReport.hundredths(ticks.user)
    system = ServerReport.hundredths(ticks.system)
    openFiles = files
    memory = MemorySum(tree.living.map(\.memory))
    starts.sort()
    oldest = starts.first.map { max(0, now - Ticks.seconds($0)) }
    if !starts.isEmpty { median = max(0, now - Ticks.seconds(starts[starts.count / 2])) }
    pools = ServerReport.pools(of: tree)
  }

  /// A server that does not run.
  init(missing name: String) {
    self.name = name
    isUp = false
  }

  private static func hundredths(_ ticks: UInt64) -> UInt64 {
    Ticks.perSecond == 100 ? ticks : UInt64(clamped: Ticks.seconds(ticks) * 100)
  }

  /// A bound on the pools of a server.
  static let mostPools = 64

  private static func pools(of tree: ServerTree) -> [PoolReport] {
    var byName: [String: [ServerProcess]] = [:]
    for process in tree.living {
      guard var name = process.pool else { continue }
      if byName[name] == nil, byName.count >= mostPools { name = ServerTitle.restPool }
      byName[name, default: []].append(process)
    }
    return byName.keys.sorted().map { name in
      let processes = byName[name]!
      var pool = PoolReport(name: name)
      pool.children = UInt64(processes.count)
      pool.running = UInt64(processes.count { $0.row.stat.state == 0x52 })
      pool.memory = MemorySum(processes.map(\.memory))
      return pool
    }
  }
}

extension ServerReport.States {
  fileprivate mutating func take(_ letter: UInt8) {
    switch letter {
    case 0x52: running += 1
    case 0x53, 0x49: sleeping += 1
    case 0x44: uninterruptible += 1
    case 0x54, 0x74: stopped += 1
    case 0x5A, 0x58, 0x78: zombie += 1
    default: break
    }
  }
}
