internal import EventLoop
internal import Glibc

/// The folders in which plugins keep what they need the next time, one per user (`MUNIN_PLUGSTATE`).
struct StateFolders: Sendable {
  /// Where munin-node has them.
  static let standard = "/var/lib/munin-node/plugin-state"

  let base: String

  /// - Parameters:
  ///   - chosen: `plugin_state_dir` of munin-node.conf.
  ///   - environment: the daemon's; systemd names a service's own place in `STATE_DIRECTORY`.
  init(chosen: String?, environment: [String]) {
    let prefix = "STATE_DIRECTORY="
    let given = environment.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
      .split(separator: ":").first
    base = chosen ?? given.map { "\($0)/plugin-state" } ?? StateFolders.standard
  }

  func path(for user: String) -> String { "\(base)/\(user)" }

  /// Makes the folder of a user where there is none, owned by that user.
  /// - Returns: what went wrong, if anything: a plugin may do without.
  func prepare(for identity: Identity) -> IOError? {
    let path = path(for: identity.userName)
    if mkdir(path, 0o755) != 0 {
      if errno == EEXIST { return nil }
      guard errno == ENOENT else { return .system(call: "mkdir", subject: path, code: errno) }
      if let problem = makeBase() { return problem }
      if mkdir(path, 0o755) != 0, errno != EEXIST {
        return .system(call: "mkdir", subject: path, code: errno)
      }
    }
    guard let credentials = identity.credentials else { return nil }
    // lchown: what somebody put there in between is not followed.
    if lchown(path, credentials.user, 0) != 0 {
      return .system(call: "chown", subject: path, code: errno)
    }
    return nil
  }

  private func makeBase() -> IOError? {
    var path = ""
    for part in base.split(separator: "/") {
      path += "/\(part)"
      if mkdir(path, 0o755) != 0, errno != EEXIST {
        return .system(call: "mkdir", subject: path, code: errno)
      }
    }
    return nil
  }
}
