internal import Glibc
internal import Settings

/// How many nodes can be polled at the same time: each connection is a descriptor, and a process may have only so many.
enum DescriptorLimit {
  /// The pages' connections, and everything else: the ledger, the log, RRD files, deliveries.
  private static let reserved = 256 + 64
  /// More is of no use. Commands of contacts inherit the limit, and some programs close every descriptor up to it when they start.
  private static let most = 65_536
  /// A child that is a connection: its pipes and its pidfd.
  private static let perChild = 4

  /// Raises the limit as far as the system allows.
  /// - Returns: the limit in force.
  static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, rlim_t(most))
    if limit.rlim_cur < wanted {
      var raised = rlimit(rlim_cur: wanted, rlim_max: limit.rlim_max)
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(min(limit.rlim_cur, rlim_t(most)))
  }

  /// How many polls may be under way at once within a limit.
  /// - Parameter children: the nodes that are reached through a child process, which may be kept.
  static func polls(within limit: Int, children: Int) -> Int {
    max(16, limit - reserved - children * perChild)
  }
}

extension HostSettings {
  /// Whether it is reached through a child process.
  var needsChild: Bool {
    switch endpoint {
    case .ssh, .command: true
    default: false
    }
  }
}
