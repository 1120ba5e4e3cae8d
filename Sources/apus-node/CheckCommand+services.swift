internal import Daemon
internal import EventLoop
internal import Glibc
internal import Node
internal import PluginKit
internal import Plugins
internal import Settings
internal import Terminal

/// The services and their settings.
extension CheckCommand {
  /// Reports sections and settings of plugin-conf.d that have no effect or a probably unintended one.
  mutating func reviewPluginSettings() {
    let entries = services.entries
    let library = places.library.flatMap { Terminal.files(in: $0.path) } ?? []
    var linking: ((String) -> String)?
    if let folder = places.services?.path, let program = OwnProcess.executable,
      entries.contains(where: { $0.file != nil || access("\(folder)/\($0.name)", F_OK) == 0 })
    {
      linking = { "ln -s \(program) \(folder)/\($0)" }
    }
    let packaged = CheckCommand.packagedFiles()
    let review = PluginSettingsReview(
      services: Dictionary(entries.map { ($0.name, $0.plugin) }, uniquingKeysWith: { $1 }),
      builtIns: builtIn, library: Set(library), linking: linking,
      isPackaged: { packaged.contains($0) })
    for finding in review.findings(in: prepared.plugins) {
      if finding.isProblem { problem(finding.text) } else { warning(finding.text) }
    }
  }

  /// The files of settings that munin's packages brought, as dpkg records them.
  private static func packagedFiles() -> Set<String> {
    let folder = "/var/lib/dpkg/info"
    var files: Set<String> = []
    for name in Terminal.names(in: folder) ?? []
    where name.hasPrefix("munin") && name.hasSuffix(".conffiles") {
      guard case .success(let bytes) = Terminal.read("\(folder)/\(name)") else { continue }
      for line in bytes.split(separator: 0x0A) {
        files.insert(String(decoding: line, as: UTF8.self))
      }
    }
    return files
  }

  mutating func lookAtServices() async {
    for entry in services.entries {
      if await isRunnable(entry) { await ask(entry) }
      lookAtPermissions(of: entry)
    }
  }

  /// Whether the service's user and groups exist; and whether the node can become them.
  private mutating func isRunnable(_ entry: ServiceList.Entry) async -> Bool {
    let own = entry.settings
    let accounts = Accounts(
      user: prepared.settings.defaultPluginUser, group: prepared.settings.defaultPluginGroup,
      canChange: true)
    do throws(AccountError) {
      let wanted = try await accounts.identity(for: own)
      guard geteuid() != 0, own.user != nil || !own.groups.isEmpty else { return true }
      guard let mismatch = CheckCommand.mismatch(of: wanted, to: own) else { return true }
      warning(
        "\(entry.name): plugin-conf.d names \(mismatch), but the node runs as "
          + "\(Accounts.own().userName) and cannot change that")
      return true
    } catch {
      problem("\(entry.name): \(error)")
      return false
    }
  }

  /// The user and groups that plugin-conf.d names and this process does not have; `nil` when it has all of them.
  private static func mismatch(of wanted: Identity, to own: ServiceSettings) -> String? {
    guard let credentials = wanted.credentials else { return nil }
    var groups = [gid_t](repeating: 0, count: 65536)
    let count = getgroups(Int32(groups.count), &groups)
    let mine = Set(groups.prefix(Int(max(0, count))) + [getegid()])
    var parts: [String] = []
    if let user = own.user, credentials.user != geteuid() { parts.append("user \(user)") }
    if !own.groups.isEmpty, !mine.isSuperset(of: credentials.groups) {
      parts.append("groups \(own.groups.map(\.name).joined(separator: ", "))")
    }
    return parts.isEmpty ? nil : parts.joined(separator: " and ")
  }

  /// Asks for config and values as a master would.
  private mutating func ask(_ entry: ServiceList.Entry) async {
    for question in [PluginQuestion.config, .fetch] {
      guard var answer = await services.tryOut(entry.name, question) else { continue }
      if answer.text.isEmpty, question == .fetch {
        // Rates need two looks: the first one only remembers its counters.
        try? await LoopClock.real.sleep(for: .seconds(1))
        answer = await services.tryOut(entry.name, question) ?? answer
      }
      let (text, complaint) = answer
      if text == "# Bad exit\n" || text == "# Timed out\n" {
        problem("\(entry.name): \(question.rawValue): \(complaint ?? String(text.dropLast()))")
      } else if let complaint {
        warning("\(entry.name): \(question.rawValue): \(complaint)")
      } else if text.isEmpty {
        problem("\(entry.name): \(question.rawValue): expected lines, found none")
      }
    }
  }

  /// Reports a plugin that runs as root and can be changed by another user: that user could become root.
  private mutating func lookAtPermissions(of entry: ServiceList.Entry) {
    guard let path = entry.file, let danger = Permissions.danger(of: path) else { return }
    let user = entry.settings.user ?? prepared.settings.defaultPluginUser
    if prepared.settings.paranoia {
      problem("\(entry.name): not run (paranoia): \(danger)")
    } else if ["root", "0"].contains(user), geteuid() == 0 {
      problem("\(entry.name): runs as root, but \(danger)")
    }
  }
}
