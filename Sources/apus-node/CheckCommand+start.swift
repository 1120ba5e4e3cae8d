internal import Daemon
internal import EventLoop
internal import Glibc
internal import Node
internal import Settings
internal import Terminal

/// What a start of the daemon needs.
extension CheckCommand {
  /// Reports users that do not exist, files that cannot be written and addresses that are not this machine's: with them
  /// the daemon does not start.
  mutating func lookAtStart() async {
    let settings = prepared.settings
    if access("/proc/self/stat", F_OK) != 0 {
      problem(
        "/proc is not mounted: most built-in plugins read it, expected it as by "
          + "'mount -t proc proc /proc'")
    }
    do throws(AccountError) {
      _ = try NodeProgram.identity(of: settings)
    } catch {
      problem("\(settings.place(of: error.word ?? "user").finding("\(error)"))")
    }
    if !settings.logsToSyslog, let path = settings.logFile,
      let fault = FileObstacle.toLogging(path)
    {
      problem("\(settings.place(of: "log_file").finding("log_file: \(fault)"))")
    }
    if let path = settings.pidFile, let fault = FileObstacle.toPIDFile(path) {
      problem("\(settings.place(of: "pid_file").finding(fault))")
    }
    for (index, endpoint) in settings.endpoints.enumerated() where endpoint.host != "*" {
      let place = settings.place(of: "host", index: min(index, settings.hosts.count - 1))
      for fault in await CheckCommand.faultsOfListening(at: endpoint) {
        problem("\(place.finding("host: \(fault)"))")
      }
    }
  }

  // MARK: Addresses

  private static func faultsOfListening(at endpoint: HostPort) async -> [String] {
    if endpoint.host.hasPrefix("/") {
      return faultOfSocket(at: endpoint.host).map { [$0] } ?? []
    }
    let fault = await Blocking.shared.run(within: .seconds(10)) { () -> String? in
      switch NodeServer.address(of: HostPort(host: endpoint.host, port: 0)) {
      case .failure(let error): return "\(error)"
      case .success(let address):
        guard let obstacle = Listener.obstacle(to: address) else { return nil }
        let name = address.host == endpoint.host ? "" : ", which is \(address.host)"
        let cause = if case .system(_, _, let code) = obstacle { code } else { EINVAL }
        return "expected an address of this machine, found '\(endpoint.host)'\(name): "
          + IOError.words(for: cause)
      }
    }
    switch fault {
    case .some(let fault): return fault.map { [$0] } ?? []
    case .none: return ["cannot resolve \(endpoint.host): no answer within 10 s"]
    }
  }

  private static func faultOfSocket(at path: String) -> String? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return FileObstacle.toMaking(path) }
    if status.st_mode & S_IFMT == S_IFSOCK { return nil }
    return "\(path): expected a unix socket or no file, "
      + "found \(Terminal.kind(ofMode: status.st_mode))"
  }

  // MARK: Folders

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
