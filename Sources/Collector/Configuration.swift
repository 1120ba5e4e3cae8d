internal import Glibc
internal import MuninWire
public import Notify
internal import Polling
internal import RRD
public import Settings
internal import Terminal

/// The settings of a run, read and checked as a whole.
public struct Configuration: Sendable {
  public private(set) var settings = MasterSettings()
  /// Reasons not to start.
  public internal(set) var problems: [String] = []
  /// Lines without effect, or with another one than was meant: no reason not to start.
  public internal(set) var warnings: [String] = []
  /// Those of the warnings that are about wrong lines or files: a start goes on without them, a reload keeps the old settings.
  public internal(set) var wrongLines: [WrongLine] = []
  /// The names of the files that were read.
  public private(set) var files: [String] = []
  /// Stands for what was read: the same as long as all files have the same bytes, see ``changed(_:since:)``.
  public private(set) var content = 0
  /// How mails go; `nil` where no contact is mailed.
  public internal(set) var mails: MailRoutes?

  /// - Parameters:
  ///   - path: munin.conf, or `nil` for no settings at all.
  ///   - isComplete: whether all findings are listed, see ``MasterSettings/parse(_:isComplete:)``.
  public init(path: String?, isComplete: Bool = false) {
    self.init(SettingsFiles(path: path), isComplete: isComplete)
  }

  /// The settings as they are now; `nil` where nothing else was read than before. To understand those of a fleet takes
  /// long, to read them does not.
  public static func changed(_ path: String?, since content: Int) -> Configuration? {
    let files = SettingsFiles(path: path)
    return files.content == content ? nil : Configuration(files)
  }

  private init(_ read: SettingsFiles, isComplete: Bool = false) {
    content = read.content
    files = read.files.map(\.name)
    problems = read.problems
    warnings = read.warnings
    // munin.conf itself cannot be read.
    guard !read.files.isEmpty else { return }
    let parsed = MasterSettings.parse(read.files, isComplete: isComplete)
    settings = parsed.settings
    problems += parsed.problems.map(\.description)
    warnings += parsed.warnings.map(\.description)
    wrongLines = parsed.warnings.compactMap(WrongLine.init)
    if read.path == nil { settings.databaseDirectory = Configuration.homeFolder }
    if problems.isEmpty, settings.hosts.isEmpty {
      warnings.append("\(read.path ?? "settings"): no node in it: nothing is polled")
    }
    checkMail()
    let alerts = AlertSettingsCheck(settings)
    warnings += alerts.findings
    wrongLines += alerts.wrongLines
    checkNodes()
  }

  /// The folders in which a change may be one of the settings: those of munin.conf, of the file that it is a link to, and of the files
  /// that it includes.
  public static func folders(of path: String) -> [String] {
    func folder(_ path: String) -> String {
      path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }
    var folders = [folder(path)]
    if let real = realpath(path, nil) {
      folders.append(folder(String(cString: real)))
      free(real)
    }
    if case .success(let bytes) = Terminal.read(path),
      let included = MasterSettings.includeDirectory(of: SettingsFile(name: path, bytes: bytes))
    {
      folders.append(included.path)
    }
    var seen: Set<String> = []
    return folders.filter { seen.insert($0).inserted }
  }

  /// Looks at everything that would otherwise only fail at the first poll.
  private mutating func checkNodes() {
    // Hosts that share their settings share what is wrong with them.
    let groups = Dictionary(grouping: settings.hosts.filter(\.update), by: \.tls)
    var obstacles: [TLSSettings: String] = [:]
    for (tls, hosts) in groups.sorted(by: { $0.value[0].line < $1.value[0].line }) {
      let found = PollTLS.check(tls)
      let more = hosts.count == 1 ? "" : " (and \(hosts.count - 1) more)"
      let subject = "\(hosts[0].path)\(more): tls \(tls.mode.rawValue)"
      for problem in found.problems {
        let place = place(of: problem, for: hosts[0])
        warnings.append("\(place): \(subject): \(problem): not polled")
        wrongLines.append(WrongLine(place: place, fact: "tls \(tls.mode.rawValue): \(problem)"))
      }
      warnings += found.warnings.map { "\(place(of: $0, for: hosts[0])): \(subject): \($0)" }
      if let first = found.problems.first { obstacles[tls] = "tls \(tls.mode.rawValue): \(first)" }
    }
    for index in settings.hosts.indices where settings.hosts[index].update {
      if let obstacle = obstacles[settings.hosts[index].tls] {
        settings.hosts[index].obstacle = obstacle
      }
    }
    let polled = settings.hosts.filter(\.update)
    if !polled.isEmpty, polled.allSatisfy({ $0.obstacle != nil }) {
      warnings.append("no node can be polled: of each, tls cannot be used as it is set")
    }
    warnings += VirtualGraphCheck(settings).findings
    for host in settings.hosts {
      warnings += FieldLimits.contradictions(of: host, in: settings)
      for override in settings.overrides(for: host)
      where ["graph_args", "graph_args_after"].contains(override.name) {
        let graph = Graph(
          name: override.service, attributes: [Attribute(override.name, override.value)])
        warnings += GraphCommand.findings(of: graph).map {
          "\(override.file):\(override.line): \(host.path): \(override.service): \($0)"
        }
      }
    }
  }

  /// Where the directive stands that a finding about TLS names; else where `tls` does.
  private func place(of finding: String, for host: HostSettings) -> String {
    let words = [
      "tls_private_key", "tls_certificate", "tls_ca_certificate", "tls_verify_depth", "tls_match",
      "tls",
    ]
    for word in words where finding.contains(word) || word == "tls" {
      if let place = settings.place(of: word, for: host) { return place }
    }
    return "\(host.file):\(host.line)"
  }

  /// The machine's own name.
  public static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, 255)
    let name = buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    return name.isEmpty ? "localhost" : name
  }

  /// Where data are kept without settings: munin's folder for those who may write there, else one at home.
  private static var homeFolder: String {
    if access("/var/lib/munin", W_OK) == 0 || geteuid() == 0 { return "/var/lib/munin" }
    if let state = getenv("XDG_STATE_HOME") { return String(cString: state) + "/apus" }
    if let home = getenv("HOME") { return String(cString: home) + "/.local/state/apus" }
    return "/var/lib/munin"
  }
}
