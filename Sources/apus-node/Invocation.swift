internal import Daemon
internal import EventLoop
internal import Glibc
internal import Logbook
internal import Node
internal import Settings
internal import Terminal

/// One call of the program: a command with its options and words.
struct Invocation {
  var command: String
  var options: [String: String]
  var words: [String]

  /// - Returns: the exit status.
  func run() throws(UsageError) -> Int32 {
    try checkWords()
    if let name = options["doc"] {
      let manual = PluginsCommand.manual(of: name)
      Terminal.print(manual.output, manual.errors)
      return manual.status
    }
    let places = self.places
    let (prepared, problems) = NodeProgram.prepare(places)
    for problem in problems { Terminal.complain(problem, program: program) }
    guard let prepared else { return ExitCode.wrongUsage }
    switch command {
    case "run":
      let run = RunCommand(
        prepared, places: places, plugin: words[0], word: words.count > 1 ? words[1] : "",
        debug: isOn("debug") ?? false)
      return finish { await run.run() }
    case "plugins":
      let command = PluginsCommand(prepared, places: places, options: pluginOptions)
      return finish {
        var command = command
        return await command.run()
      }
    case "tree":
      let tree = TreeCommand(prepared, name: words.first)
      return finish { await tree.run() }
    case "check":
      let address = options["as"]
      if let address, Address(address) == nil {
        throw usage.error("--as: expected an IP address, found '\(address)'")
      }
      return finish { try await CheckCommand.run(prepared, places: places, as: address) }
    case "ups":
      let settings = try settings(words.dropFirst())
      let name = words[0]
      return finish { await UPSCommand.run(prepared, name: name, settings: settings) }
    case "ntp":
      let host = words.first
      return finish { await NTPCommand.run(prepared, host: host) }
    case "stdio": return talk(prepared, places)
    default: return serve(prepared, places)
    }
  }

  private func checkWords() throws(UsageError) {
    if command == "ups" {
      guard !words.isEmpty else { throw usage.error("ups: expected HOST, NAME@HOST or a service") }
      _ = try settings(words.dropFirst())
      return
    }
    if command == "ntp" {
      if words.count > 1 { throw usage.error("ntp: expected at most one HOST") }
      return
    }
    if command == "tree" {
      if words.count > 1 { throw usage.error("tree: expected at most one NAME") }
      return
    }
    guard command == "run" else {
      if let word = words.first { throw usage.error("unexpected word '\(word)'") }
      return
    }
    guard (1...2).contains(words.count) else {
      throw usage.error("run: expected PLUGIN and at most one word for it")
    }
  }

  /// Words such as `community=secret`.
  private func settings(_ words: ArraySlice<String>) throws(UsageError) -> [String: String] {
    var settings: [String: String] = [:]
    for word in words {
      guard let sign = word.firstIndex(of: "="), sign > word.startIndex else {
        throw usage.error("\(command): expected SETTING=VALUE, found '\(word)'")
      }
      settings[String(word[..<sign])] = String(word[word.index(after: sign)...])
    }
    return settings
  }

  /// A switch as it was given; `nil` when it was not.
  private func isOn(_ name: String) -> Bool? { options[name].map { $0 != "no" } }

  private var places: NodeProgram.Places {
    var places = NodeProgram.Places(
      config: place("config", default: "/etc/munin/munin-node.conf"),
      services: place("servicedir", default: "/etc/munin/plugins"),
      pluginSettings: place("sconfdir", default: "/etc/munin/plugin-conf.d"))
    places.pluginSettingsFile = options["sconffile"].map(whole)
    places.paranoia = isOn("paranoia")
    places.debugsPlugins = isOn("pidebug") ?? false
    return places
  }

  /// The path that was asked for, else the default where it exists.
  private func place(_ option: String, default path: String) -> String? {
    guard let given = options[option] else { return access(path, F_OK) == 0 ? path : nil }
    return whole(given)
  }

  /// Plugins run in another folder, so a path that is given from this one is made whole.
  private func whole(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }

  private var pluginOptions: PluginsCommand.Options {
    var wanted = PluginsCommand.Options()
    wanted.library = place("libdir", default: "/usr/share/munin/plugins")
    wanted.suggests = options["suggest"] != nil
    wanted.shell = options["shell"] != nil
    wanted.removes = options["remove-also"] != nil
    wanted.families = options["families"]?.split(separator: ",").map(String.init) ?? []
    wanted.newer = options["newer"]
    return wanted
  }

  // MARK: Serving

  private func logSeverity(_ prepared: NodeProgram.Prepared) -> Logbook.Severity {
    isOn("debug") == true ? .debug : prepared.logSeverity
  }

  private func talk(_ prepared: NodeProgram.Prepared, _ places: NodeProgram.Places) -> Int32 {
    let severity = logSeverity(prepared)
    return finish {
      let log = try Logbook(to: prepared.log, severity: severity)
      let isWell = try await StdioCommand.run(prepared, places: places, log: log)
      return CommandResult(status: isWell ? ExitCode.done : ExitCode.failed)
    }
  }

  private func serve(_ prepared: NodeProgram.Prepared, _ places: NodeProgram.Places) -> Int32 {
    var background: Background?
    if prepared.settings.background, isOn("foreground") != true {
      do throws(IOError) {
        background = try Background.enter(newSession: prepared.settings.setsid)
      } catch {
        Terminal.complain("\(error)", program: program)
        return ExitCode.failed
      }
    }
    let caller = background
    let severity = logSeverity(prepared)
    return finish {
      let log = try Logbook(to: prepared.log, severity: severity)
      for warning in prepared.warnings { log.note("warning: \(warning)", .warning) }
      try await NodeProgram.run(prepared, places: places, log: log) {
        caller?.ready()
      }
      return CommandResult()
    }
  }
}
