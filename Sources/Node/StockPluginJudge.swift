package import EventLoop
internal import Glibc
internal import Logbook
package import PluginKit
package import Settings

/// Who answers for a link of the service directory that leads to one of munin's own plugins, and why.
package enum StockVerdict: Hashable, Sendable {
  /// The link leads elsewhere, or no built-in plugin has the name of the one it leads to.
  case notStock
  /// The built-in plugin of that name.
  case builtIn
  /// The program that the link leads to.
  case script(reason: String)
}

/// Decides which of munin's own plugins are answered by the built-in plugins of their names (`stock_plugins`).
///
/// A plugin qualifies when the link leads into munin's plugin folder, the file there is as its package installed it, and
/// plugin-conf.d says nothing about it that the built-in plugin does not understand. Whether a file is unchanged is told
/// by dpkg's MD5 sums, computed by md5sum(1): it is on every Debian machine, also where this program is built without
/// OpenSSL, and whose code it takes is gone with its process. Where dpkg knows no plugin of the folder, a file counts as
/// unchanged that only root may change.
@LoopActor
package final class StockPluginJudge {
  private let library: String?
  private let builtIns: [BuiltIn]
  private let infoFolder: String
  private var recorded: [String: String] = [:]
  /// Why dpkg's records could not be read in full.
  private var unreadRecords: String?
  private var measured: [String: (stamp: FileStamp, sum: String)] = [:]
  /// Why sums could not be computed.
  private var trouble: String?
  private var answered: [String] = []

  /// - Parameters:
  ///   - library: munin's plugin folder (`--libdir`); without one, no link qualifies.
  ///   - infoFolder: where dpkg keeps its sums.
  package init(
    library: String?, builtIns: [BuiltIn], infoFolder: String
  ) {
    self.library = library.flatMap { path in
      guard let real = realpath(path, nil) else { return nil }
      defer { free(real) }
      return String(cString: real)
    }
    self.builtIns = builtIns
    self.infoFolder = infoFolder
  }

  /// Reads dpkg's records, and computes the sums of the files that links lead to. What has not changed since the last
  /// time is not read again.
  /// - Parameter links: the services with the files that they lead to, links followed.
  package func look(at links: [(name: String, target: String)]) async {
    guard let library else { return }
    let records = PackageSums(folder: infoFolder, library: library)
    recorded = records.sums
    unreadRecords = records.failure
    trouble = nil
    var stamps: [String: FileStamp] = [:]
    for (name, target) in links
    where plugin(for: name, target: target) != nil && recorded[target] != nil {
      let stamp = FileStamp(ofFiles: [target])
      if measured[target]?.stamp != stamp { stamps[target] = stamp }
    }
    guard !stamps.isEmpty else { return }
    for (path, sum) in await sums(of: stamps.keys.sorted()) {
      guard let stamp = stamps[path] else { continue }
      measured[path] = (stamp, sum)
    }
  }

  private func sums(of paths: [String]) async -> [String: String] {
    let program = ChildProgram(
      path: "/usr/bin/md5sum", arguments: ["--"] + paths,
      environment: ["LC_ALL=C", "PATH=\(PluginEnvironment.path)"])
    do throws(SpawnError) {
      let outcome = try await ChildProcess.run(program, within: .seconds(10))
      // It goes on after a file that it cannot read, and ends with status 1.
      var found: [String: String] = [:]
      for line in outcome.output.split(separator: 0x0A) {
        if let (sum, path) = PackageSums.parse(line) { found[path] = sum }
      }
      return found
    } catch {
      trouble = "\(error)"
      return [:]
    }
  }

  /// Who answers for one link. ``look(at:)`` has seen it before.
  /// - Parameters:
  ///   - settings: what plugin-conf.d says about the service.
  ///   - canRead: whether this process can read what the plugin shows, although the settings name another user.
  package func verdict(
    on name: String, target: String, policy: StockPlugins, settings: ServiceSettings,
    canRead: (BuiltIn) -> Bool
  ) -> StockVerdict {
    guard let plugin = plugin(for: name, target: target) else { return .notStock }
    let reason =
      (policy == .script ? "stock_plugins script" : nil) ?? change(of: target)
      ?? misfit(of: settings, to: plugin)
    if let reason { return .script(reason: reason) }
    guard canRead(plugin) else {
      let user = settings.user ?? settings.groups.map(\.name).joined(separator: ", ")
      return .script(reason: "only \(user) of plugin-conf.d can read what it shows")
    }
    return .builtIn
  }

  /// The built-in plugin that stands for a plugin of munin's folder.
  package func plugin(for name: String, target: String) -> BuiltIn? {
    guard let library, let slash = target.lastIndex(of: "/"), target[..<slash] == library,
      let plugin = FamilyName.plugin(named: name, among: builtIns),
      target[target.index(after: slash)...] == "\(plugin.description.name)"
    else { return nil }
    return plugin
  }

  /// Why a file does not count as the one that its package installed; `nil` when it does.
  private func change(of path: String) -> String? {
    guard let sum = recorded[path] else {
      // An unreadable record proves nothing: neither that there are none, nor that this file is in none.
      if let unreadRecords { return "cannot tell whether \(path) was changed: \(unreadRecords)" }
      if recorded.isEmpty { return Permissions.danger(of: path) }
      return "no package installed \(path)"
    }
    guard let found = measured[path], found.stamp == FileStamp(ofFiles: [path]) else {
      return "cannot tell whether \(path) was changed\(trouble.map { ": \($0)" } ?? "")"
    }
    return found.sum == sum ? nil : "\(path) was changed since its package installed it"
  }

  /// What plugin-conf.d says that only the script understands.
  private func misfit(of settings: ServiceSettings, to plugin: BuiltIn) -> String? {
    if settings.command != nil { return "plugin-conf.d sets command" }
    let manual = plugin.description.manual
    for variable in settings.environment {
      if let finding = manual.finding(on: variable.value, of: variable.name) { return finding }
    }
    return nil
  }

  /// Logs which services are answered in process, when that has changed.
  func tell(_ services: [String], in log: Logbook) {
    guard services != answered else { return }
    answered = services
    let names = services.isEmpty ? "none" : services.joined(separator: " ")
    log.note("links to munin's own plugins that are answered in process (stock_plugins): \(names)")
  }
}
