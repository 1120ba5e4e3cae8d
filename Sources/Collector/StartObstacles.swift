internal import Daemon
internal import EventLoop
internal import Glibc
public import Settings

/// What would keep the collector from starting although its settings are right, found without starting it.
public enum StartObstacles {
  public static func find(_ settings: MasterSettings) -> [String] {
    var found: [String] = []
    func add(_ word: String, _ finding: String) {
      let place = settings.place(of: word)
      found.append(place.hasSuffix(": \(word)") || place == word ? "\(place): \(finding)" : finding)
    }
    let folder = settings.databaseDirectory
    if let obstacle = FileObstacle.toFolder(folder) {
      add("dbdir", obstacle)
    } else if let finding = FolderOwner.finding(in: folder) {
      found.append(finding)
    }
    if let munin = DataFolder.muninAtWork(locks: settings.runDirectory) { found.append(munin) }
    if let path = settings.logFile, !settings.logsToSyslog,
      let obstacle = FileObstacle.toLogging(path)
    {
      add("log_file", obstacle)
    }
    if let path = settings.pidFile, let obstacle = FileObstacle.toPIDFile(path) {
      // The message names pid_file itself.
      add("pid_file", obstacle.hasPrefix("pid_file: ") ? String(obstacle.dropFirst(10)) : obstacle)
    }
    if let place = settings.webListen, let obstacle = obstacle(to: place) {
      add("web_listen", obstacle)
    }
    return found
  }

  /// Why the pages cannot be served at a place; `nil` when they can, or when a collector serves them there now.
  private static func obstacle(to place: HostPort) -> String? {
    let host = place.host == "*" ? "0.0.0.0" : place.host
    let address: SocketAddress
    do throws(IOError) {
      guard let first = try SocketAddress.resolve(host: host, port: place.port).first else {
        return "no address for \(host)"
      }
      address = first
    } catch {
      return "\(error)"
    }
    switch Listener.obstacle(to: address) {
    case nil: return nil
    case .system(_, _, EADDRINUSE)?:
      guard let holder = PortHolder.find(port: place.port) else {
        // Connections that have just ended keep an address in use for others, and not for us.
        return nil
      }
      return holder.name == "apus-collector"
        ? nil : "port \(place.port) is taken by \(holder): \(holder.advice(for: .collector))"
    case .system(_, _, EADDRNOTAVAIL)?:
      return "expected an address of this machine, found '\(place.host)'"
    case let error?: return "\(error)"
    }
  }
}
