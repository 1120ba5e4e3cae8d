internal import Daemon
internal import EventLoop
internal import Node
internal import PluginKit

/// The program called through a link named like a plugin, by a stock munin-node say: it *is* that plugin.
enum LinkedPlugin {
  /// - Parameters:
  ///   - name: what it was called.
  ///   - word: its first argument; empty for none.
  ///   - environment: `NAME=VALUE`; a node hands a plugin its settings there.
  @LoopActor
  static func run(
    _ name: String, _ word: String, environment: [String] = OwnProcess.environment
  ) async -> CommandResult {
    var settings: [String: String] = [:]
    for entry in environment {
      guard let sign = entry.firstIndex(of: "=") else { continue }
      settings[String(entry[..<sign])] = String(entry[entry.index(after: sign)...])
    }
    guard let run = BuiltInRun(named: name, settings: settings) else {
      return CommandResult(
        errors: "\(name): a link to apus-node, but there is no built-in plugin of that name\n",
        status: 2)
    }
    // As munin's plugin library does: to a node without the multigraph capability a multigraph plugin prints nothing.
    if run.plugin.description.isMultigraph, settings["MUNIN_CAP_MULTIGRAPH"] == nil {
      return CommandResult(word == "autoconf" ? "no (no multigraph support)\n" : "")
    }
    return await run.answer(word)
  }
}
