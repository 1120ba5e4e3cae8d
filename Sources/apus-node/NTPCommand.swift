internal import EventLoop
internal import Node
internal import PluginKit
internal import Plugins
internal import Settings
internal import Terminal

/// `apus-node ntp [HOST]`: the peers of the time daemon, as `ntpq -p` shows them.
enum NTPCommand {
  static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    try call.expectOneWordAtMost("HOST")
    guard let prepared = call.prepare(.isToldInOneLine) else { return ExitCode.wrongUsage }
    var settings = prepared.plugins.settings(for: "ntp_peers").values
    // Another machine's address or name; this machine when there is none.
    if let host = call.words.first { settings["host"] = host }
    let asked = settings
    return finish { await run(asked) }
  }

  @LoopActor
  private static func run(_ settings: [String: String]) async -> CommandResult {
    do throws(PluginError) {
      return CommandResult(
        try await NTPTable.text(on: Host(service: "ntp_peers", settings: settings)))
    } catch {
      return CommandResult(errors: "\(program): \(error)\n", status: ExitCode.failed)
    }
  }
}
