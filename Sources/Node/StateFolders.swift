internal import Daemon
internal import EventLoop

/// The folders in which plugins keep state from one run to the next, one per user (`MUNIN_PLUGSTATE`).
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

  /// Makes the folder of a user where it is missing, owned by that user.
  /// - Returns: the error, if any: many plugins need no state.
  func prepare(for identity: Identity) -> IOError? {
    do throws(IOError) {
      try OwnedFolder.make(path(for: identity.userName), owner: identity.credentials?.user)
      return nil
    } catch {
      return error
    }
  }
}
