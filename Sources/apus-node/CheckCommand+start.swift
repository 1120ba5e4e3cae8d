internal import EventLoop
internal import Glibc
internal import Node
internal import Settings
internal import Terminal

/// What a start of the daemon needs.
extension CheckCommand {
  /// Reports users that do not exist, files that cannot be written and names without an address: with them the daemon
  /// does not start.
  mutating func lookAtStart() async {
    let settings = prepared.settings
    let place = places.config?.path ?? "settings"
    do throws(AccountError) {
      _ = try NodeProgram.identity(of: settings)
    } catch {
      problem("\(place): user and group: \(error)")
    }
    let files = [("log_file", settings.logsToSyslog ? nil : settings.logFile)]
    for (name, path) in files + [("pid_file", settings.pidFile)] {
      guard let path, let fault = CheckCommand.faultOfWriting(path) else { continue }
      problem("\(place): \(name): \(fault)")
    }
    for endpoint in settings.endpoints where endpoint.host != "*" && !endpoint.host.hasPrefix("/") {
      let found = await Blocking.shared.run(within: .seconds(10)) { () -> String? in
        do throws(IOError) {
          _ = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port)
          return nil
        } catch {
          return "\(error)"
        }
      }
      if let fault = found ?? "cannot resolve \(endpoint.host): no answer within 10 s" {
        problem("\(place): host: \(fault)")
      }
    }
  }

  /// Why a file cannot be written, or made; `nil` when it can.
  private static func faultOfWriting(_ path: String) -> String? {
    if access(path, W_OK) == 0 { return nil }
    let code = errno
    guard code == ENOENT else { return "cannot write \(path): \(IOError.words(for: code))" }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let folder = parts.count > 1 ? parts.joined(separator: "/") : "/"
    if access(folder, W_OK) == 0 { return nil }
    return "cannot make \(path): \(folder): \(IOError.words(for: errno))"
  }

  /// Files in the place of plugins that cannot be run, and files of settings that others than root may write.
  mutating func lookAtFiles() {
    if let folder = places.services?.path, let names = Terminal.names(in: folder) {
      let found = Set(services.entries.map(\.name))
      for name in names where !name.hasPrefix(".") && !found.contains(name) {
        if let reason = services.reasonForLeavingOut(name) {
          warning("\(folder)/\(name): not offered, \(reason)")
        }
      }
    }
    guard geteuid() == 0, let folder = places.pluginSettings?.path else { return }
    for name in Terminal.files(in: folder) ?? [] {
      // Whoever may write it may name root as the user of a plugin.
      if let danger = Permissions.danger(of: "\(folder)/\(name)") {
        warning("\(folder)/\(name): \(danger)")
      }
    }
  }
}
