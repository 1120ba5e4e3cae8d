internal import Daemon
internal import EventLoop
internal import Glibc
internal import Logbook
internal import MuninWire
internal import Node
internal import PluginKit
internal import Plugins
internal import Settings
internal import Terminal

/// `apus-node plugins`, munin-node-configure: which plugins there are, which would fit this machine, and the
/// commands that link them.
@LoopActor
struct PluginsCommand {
  /// What is wanted.
  struct Options: Sendable {
    var suggests = false
    /// Commands instead of a table.
    var shell = false
    /// Also the commands that remove what does not fit.
    var removes = false
    /// Families, in munin's words; munin's own choice when empty.
    var families: [String] = []
    /// Only plugins that came after this version of munin.
    var newer: String?
  }

  nonisolated static func start(_ call: Invocation) throws(UsageError) -> Int32 {
    try call.expectNoWords()
    if let name = call.options["doc"] {
      let manual = manual(of: name)
      Terminal.print(manual.output, manual.errors)
      return manual.status
    }
    guard let prepared = call.prepare(.isToldInOneLine) else { return ExitCode.wrongUsage }
    var options = Options()
    options.suggests = call.options["suggest"] != nil
    options.shell = call.options["shell"] != nil
    options.removes = call.options["remove-also"] != nil
    options.families = call.options["families"]?.split(separator: ",").map(String.init) ?? []
    options.newer = call.options["newer"]
    let command = PluginsCommand(prepared, places: call.places, options: options)
    return finish {
      var command = command
      return try await command.run()
    }
  }

  private let prepared: NodeProgram.Prepared
  private let places: NodeProgram.Places
  private let options: Options
  private var result = CommandResult()
  private var faults: [String] = []

  /// What was found out about one plugin.
  private struct Suggestion {
    var isWanted = false
    var reason: String?
    var suffixes: [String] = []
  }

  private nonisolated init(
    _ prepared: NodeProgram.Prepared, places: NodeProgram.Places, options: Options
  ) {
    self.prepared = prepared
    self.places = places
    self.options = options
  }

  /// The manual of a plugin; a family's name without its suffix will do.
  private nonisolated static func manual(of name: String) -> CommandResult {
    let plugin =
      builtIn.first { "\($0.description.name)" == name || "\($0.description.name)" == name + "_" }
      ?? FamilyName.plugin(named: name, among: builtIn)
    guard let plugin else {
      let names = builtIn.map { "\($0.description.name)" }.joined(separator: " ")
      return CommandResult(
        errors: "no built-in plugin '\(name)', expected one of: \(names)\n", status: 1)
    }
    return CommandResult(plugin.description.manual.text(for: "\(plugin.description.name)"))
  }

  private mutating func run() async throws(IOError) -> CommandResult {
    let library: PluginLibrary
    let newer: Set<String>?
    let services = await NodeProgram.services(
      prepared, places: places, log: try Logbook(to: .file("/dev/null")))
    do throws(FileFailure) {
      library = try await PluginLibrary(
        places, services: services, program: OwnProcess.executable ?? "")
      newer = try namesOfNewer()
    } catch {
      return CommandResult(errors: "\(error)\n", status: 1)
    }
    if options.newer != nil, newer == nil { return result }
    for failure in library.unread {
      result.complain("\(program): \(failure); the plugins there are not shown")
    }
    let suggests = options.suggests || options.shell
    let families =
      options.families.isEmpty
      ? (suggests ? ["auto"] : ["auto", "manual", "contrib"]) : options.families
    let plugins = library.plugins.filter {
      // plugins.history lists only the family auto; plugins of other families always count as new, as for munin.
      families.contains($0.family)
        && (newer?.contains($0.name) ?? true || $0.family != "auto")
    }
    if suggests {
      await suggest(plugins)
    } else {
      row("Plugin", "Used", "Extra information")
      row("------", "----", "-----------------")
      for plugin in plugins {
        row(plugin.name, plugin.installed.isEmpty ? "no" : "yes", plugin.usage)
      }
    }
    if !faults.isEmpty {
      result.complain("# The following plugins caused errors:")
      for fault in faults { result.complain(fault) }
      result.status = 1
    }
    return result
  }

  private mutating func row(_ name: String, _ used: String, _ rest: String) {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    result.say("\(padded(name, 26)) | \(padded(used, 4)) | \(padded(rest, 39))")
  }

  // MARK: Suggestions

  private mutating func suggest(_ plugins: [KnownPlugin]) async {
    if !options.shell {
      row("Plugin", "Used", "Suggestions")
      row("------", "----", "-----------")
    }
    for plugin in plugins {
      let found = await suggestion(for: plugin)
      if options.shell {
        writeCommands(for: plugin, found)
      } else {
        row(plugin.name, plugin.installed.isEmpty ? "no" : "yes", text(of: found, for: plugin))
      }
    }
  }

  private mutating func suggestion(for plugin: KnownPlugin) async -> Suggestion {
    var found = Suggestion()
    guard plugin.capabilities.contains("autoconf") else { return found }
    guard let answer = await ask(plugin, "autoconf") else { return found }
    guard answer.count == 1, let (isWanted, reason) = PluginsCommand.verdict(answer[0]) else {
      fault(plugin, "autoconf: expected 'yes' or 'no (REASON)', found \(excerpt(answer))")
      return found
    }
    found.isWanted = isWanted
    found.reason = reason
    if isWanted, plugin.capabilities.contains("suggest") {
      for suffix in await ask(plugin, "suggest") ?? [] {
        if isServiceName(suffix) {
          found.suffixes.append(suffix)
        } else {
          fault(plugin, "suggest: expected a part of a name, found '\(suffix)'")
        }
      }
    }
    return found
  }

  /// `yes`, `no` or `no (REASON)`.
  static nonisolated func verdict(_ line: String) -> (Bool, String?)? {
    if line == "yes" { return (true, nil) }
    guard line.hasPrefix("no") else { return nil }
    let rest = line.dropFirst(2).drop { $0 == " " }
    if rest.isEmpty { return (false, nil) }
    guard rest.first == "(", let end = rest.lastIndex(of: ")") else { return nil }
    return (false, String(rest[rest.index(after: rest.startIndex)..<end]))
  }

  private func excerpt(_ lines: [String]) -> String {
    "'\(String(lines.joined(separator: " | ").prefix(80)))'"
  }

  /// What a plugin prints, debugging left out; `nil` when it failed, which is noted.
  private mutating func ask(_ plugin: KnownPlugin, _ word: String) async -> [String]? {
    let settings = prepared.plugins.settings(for: plugin.name)
    var text: String
    if plugin.isBuiltIn {
      guard let run = BuiltInRun(named: plugin.name, settings: settings.values) else { return nil }
      text = await run.answer(word).output
    } else {
      let runner = OutsidePlugins(
        node: prepared.settings, nodeName: await Banner.name(prepared.settings),
        environment: OwnProcess.environment, debug: places.debugsPlugins, clock: .real)
      let request = OutsidePlugins.Request(
        arguments: [word], master: "", capabilities: Capabilities(),
        limit: .seconds(settings.timeout ?? prepared.settings.timeout))
      let answer = await runner.run(
        plugin.path, service: plugin.name, settings: settings, request)
      if let complaint = answer.complaint {
        fault(plugin, "\(word): \(complaint)")
        return nil
      }
      guard case .lines(let bytes) = answer.body else { return nil }
      text = String(decoding: bytes, as: UTF8.self)
    }
    return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
  }

  private mutating func fault(_ plugin: KnownPlugin, _ text: String) {
    faults.append("# \(plugin.name): \(text)")
  }

  private func text(of found: Suggestion, for plugin: KnownPlugin) -> String {
    guard found.isWanted else {
      if let reason = found.reason { return "no [\(reason)]" }
      if plugin.capabilities.isDisjoint(with: ["autoconf", "suggest"]) {
        return "no [[[ plugin has neither autoconf nor suggest ]]]"
      }
      return "no [[[ plugin gave no reason why ]]]"
    }
    let installed = plugin.installed.compactMap(plugin.suffix)
    let words =
      installed.filter { found.suffixes.contains($0) }
      + found.suffixes.filter { !installed.contains($0) }.map { "+" + $0 }
      + installed.filter { !found.suffixes.contains($0) }.map { "-" + $0 }
    return words.isEmpty ? "yes" : "yes (\(words.joined(separator: " ")))"
  }

  private mutating func writeCommands(for plugin: KnownPlugin, _ found: Suggestion) {
    guard let folder = places.services?.path else { return }
    var wanted: [String] = []
    if found.isWanted, !plugin.isSNMP {
      wanted = plugin.isWildcard ? found.suffixes.map { plugin.name + $0 } : [plugin.name]
    }
    for service in wanted where !plugin.installed.contains(service) {
      result.say("ln -s '\(plugin.path)' '\(folder)/\(service)'")
    }
    guard options.removes else { return }
    for service in plugin.installed where !wanted.contains(service) {
      result.say("rm -f '\(folder)/\(service)'")
    }
  }

  // MARK: History

  /// The plugins that munin's `plugins.history` lists after a version; `nil` when `--newer` was not given, or when the
  /// version is not in the list, which is an error on stderr.
  private mutating func namesOfNewer() throws(FileFailure) -> Set<String>? {
    guard let version = options.newer else { return nil }
    guard let folder = places.library?.path else {
      result = CommandResult(
        errors: "--newer: no library of plugins, expected --libdir\n", status: 1)
      return nil
    }
    let path = "\(folder)/plugins.history"
    let bytes = try Terminal.read(path).get()
    var names: Set<String> = []
    var isReached = false
    var isPast = false
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let text = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
        .joined(separator: " ")
      if text.hasPrefix("["), text.hasSuffix("]") {
        if isReached { isPast = true }
        if text.dropFirst().dropLast() == version { isReached = true }
      } else if isPast, !text.isEmpty {
        let parts = text.split(separator: "/", maxSplits: 1)
        if parts.count == 1 { names.insert(text) }
        if parts.count == 2, parts[0] == "linux" { names.insert(String(parts[1])) }
      }
    }
    guard isReached else {
      result = CommandResult(
        errors: "\(path): expected version '\(version)', found none\n", status: 1)
      return nil
    }
    return names
  }
}
