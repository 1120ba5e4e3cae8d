public import EventLoop
internal import PluginKit
internal import Plugins
internal import Settings

/// `apus-node ntp [HOST]`: the peers of the time daemon, as `ntpq -p` shows them.
@LoopActor
public struct NTPCommand {
  /// - Parameter host: another machine's address or name; this machine when `nil`.
  public static func run(_ prepared: NodeProgram.Prepared, host: String?) async -> CommandResult {
    var settings = prepared.plugins.settings(for: "ntp_peers").values
    if let host { settings["host"] = host }
    do throws(PluginError) {
      return CommandResult(
        try await NTPTable.text(on: Host(service: "ntp_peers", settings: settings)))
    } catch {
      return CommandResult(errors: "apus-node: \(error)\n", status: 1)
    }
  }
}
