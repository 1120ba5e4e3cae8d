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
  mutating func reviewPluginSettings() async {
    let entries = services.entries
    let library = places.library.flatMap { Terminal.files(in: $0.path) } ?? []
    var linking: ((String) -> String)?
    if let folder = places.services?.path, let program = OwnProcess.executable,
      entries.contains(where: { $0.file != nil || access("\(folder)/\($0.name)", F_OK) == 0 })
    {
      linking = { "ln -s \(program) \(folder)/\($0)" }
    }
    let packaged = CheckCommand.packagedFiles()
    func review(absences: [String: String]) -> PluginSettingsReview {
      PluginSettingsReview(
        services: Dictionary(entries.map { ($0.name, $0.plugin) }, uniquingKeysWith: { $1 }),
        builtIns: builtIn, library: Set(library), linking: linking, absences: absences,
        isPackaged: { packaged.contains($0) })
    }
    var absences: [String: String] = [:]
    for name in review(absences: [:]).absentServices(in: prepared.plugins) {
      absences[name] = await reasonOfAbsence(name)
    }
    for finding in review(absences: absences).findings(in: prepared.plugins) {
      if finding.isProblem { problem(finding.text) } else { warning(finding.text) }
      guard let variable = finding.variable else { continue }
      for service in finding.services { told[service, default: []].insert(variable) }
    }
  }

  /// What a built-in plugin's autoconf says when that is no.
  private func reasonOfAbsence(_ name: String) async -> String? {
    let settings = prepared.plugins.settings(for: name).values
    guard let run = BuiltInRun(named: name, settings: settings) else { return nil }
    let line = await run.answer("autoconf").output.split(separator: "\n").first.map(String.init)
    return line.flatMap { $0.hasPrefix("no") ? $0 : nil }
  }

  /// The files of settings that munin's packages brought, as dpkg records them.
  private static func packagedFiles() -> Set<String> {
    let folder = "/var/lib/dpkg/info"
    var files: Set<String> = []
    for name in Terminal.names(in: folder) ?? []
    where name.hasPrefix("munin") && name.hasSuffix(".conffiles") {
      // Without it a section is told that need not be.
      guard case .success(let bytes) = Terminal.readRegular("\(folder)/\(name)") else { continue }
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
    for fault in accountFaults {
      problem("\(fault.text): cannot run \(fault.services.joined(separator: ", "))")
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
      let text = lineOfAccount(error.word ?? "user", entry.name).finding("\(error)").description
      if let index = accountFaults.firstIndex(where: { $0.text == text }) {
        accountFaults[index].services.append(entry.name)
      } else {
        accountFaults.append((text, [entry.name]))
      }
      return false
    }
  }

  /// The line that says which user or group a service has.
  private func lineOfAccount(_ word: String, _ service: String) -> SettingPlace {
    prepared.plugins.place(of: word, for: service)
      ?? prepared.settings.place(of: "default_plugin_\(word)")
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

  /// What is wrong with a service's answers, and with which of them: one fault is told once.
  private struct Fault {
    var questions: [String]
    var text: String
    var isProblem: Bool
  }

  /// Asks for config and values as a master would.
  private mutating func ask(_ entry: ServiceList.Entry) async {
    var faults: [Fault] = []
    func add(_ question: PluginQuestion, _ text: String, isProblem: Bool) {
      // The review of plugin-conf.d has told it, with file and line.
      if told[entry.name]?.contains(where: { text.hasPrefix("env.\($0): ") }) == true { return }
      if let index = faults.firstIndex(where: { $0.text == text && $0.isProblem == isProblem }) {
        faults[index].questions.append(question.rawValue)
      } else {
        faults.append(Fault(questions: [question.rawValue], text: text, isProblem: isProblem))
      }
    }
    for question in [PluginQuestion.config, .fetch] {
      guard var answer = await services.tryOut(entry.name, question) else { continue }
      if answer.text.isEmpty, question == .fetch {
        // Rates need two looks: the first one only remembers its counters.
        try? await LoopClock.real.sleep(for: .seconds(1))
        answer = await services.tryOut(entry.name, question) ?? answer
      }
      let (text, complaint) = answer
      if text == "# Bad exit\n" || text == "# Timed out\n" {
        add(question, complaint ?? String(text.dropLast()), isProblem: true)
      } else if let complaint {
        add(question, complaint, isProblem: false)
      } else if text.isEmpty {
        add(question, "expected lines, found none", isProblem: true)
      }
    }
    for fault in faults {
      let line = "\(entry.name): \(fault.questions.joined(separator: " and ")): \(fault.text)"
      if fault.isProblem { problem(line) } else { warning(line) }
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
