internal import Glibc
internal import Node
internal import Terminal

/// One call of the program: a command with its options and words.
struct Invocation {
  var command: String
  var options: [String: String]
  var words: [String]

  /// - Returns: the exit status.
  func run() throws(UsageError) -> Int32 {
    switch command {
    case "run": try RunCommand.start(self)
    case "plugins": try PluginsCommand.start(self)
    case "tree": try TreeCommand.start(self)
    case "check": try CheckCommand.start(self)
    case "ntp": try NTPCommand.start(self)
    case "ups": try UPSCommand.start(self)
    case "stdio": try StdioCommand.start(self)
    default: try ServeCommand.start(self)
    }
  }

  // MARK: Words

  /// A switch as it was given; `nil` when it was not.
  func isOn(_ name: String) -> Bool? { options[name].map { $0 != "no" } }

  func expectNoWords() throws(UsageError) {
    if let word = words.first { throw usage.error("unexpected word '\(word)'") }
  }

  /// - Parameter what: the word that the command takes, in capitals.
  func expectOneWordAtMost(_ what: String) throws(UsageError) {
    if words.count > 1 { throw usage.error("\(command): expected at most one \(what)") }
  }

  // MARK: Places

  var places: NodeProgram.Places {
    var places = NodeProgram.Places(
      config: place("config", default: "/etc/munin/munin-node.conf"),
      services: place("servicedir", default: "/etc/munin/plugins"),
      pluginSettings: place("sconfdir", default: "/etc/munin/plugin-conf.d"))
    places.library = place("libdir", default: "/usr/share/munin/plugins")
    places.pluginSettingsFile = options["sconffile"].map(whole)
    places.paranoia = isOn("paranoia")
    places.debugsPlugins = isOn("pidebug") ?? false
    return places
  }

  /// The path that was asked for, else the default where there is something.
  private func place(_ option: String, default path: String) -> NodeProgram.Place? {
    if let given = options[option] { return .init(whole(given), isDefault: false) }
    // EACCES: a parent folder may not be searched, so the file may exist.
    let isThere = access(path, F_OK) == 0 || errno == EACCES
    return isThere ? .init(path, isDefault: true) : nil
  }

  /// Plugins run in another working directory, so relative paths are made absolute.
  private func whole(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
    defer { free(here) }
    return String(cString: here) + "/" + path
  }

  // MARK: Settings

  /// What a command does about default settings that this user may not read.
  enum Unreadable {
    /// The command fails, as it does for settings named by an option.
    case isAnError
    /// The command goes on without them and says so on stderr.
    case isToldInOneLine
    /// The command goes on and reports them with its findings.
    case isAFinding
  }

  /// Reads all settings.
  /// - Returns: `nil` when they have errors, which are printed to stderr.
  func prepare(_ unreadable: Unreadable = .isAnError) -> NodeProgram.Prepared? {
    let (prepared, problems) = NodeProgram.prepare(
      places, forgivesDefaults: unreadable != .isAnError)
    for problem in problems { Terminal.complain(problem, program: program) }
    if let prepared, unreadable == .isToldInOneLine, let line = prepared.unreadLine {
      Terminal.complain(line, program: program)
    }
    return prepared
  }
}
