internal import MuninWire
internal import Patterns
internal import PluginKit

/// A server that is looked for, and how its processes are recognised.
struct WantedServer: Sendable {
  enum Mark: Sendable {
    case kind(ServerKind)
    /// The short name of its processes.
    case program(ProcessName)
    /// A pattern that matches the command line.
    case pattern(Pattern)
  }

  /// The name of its fields.
  var name: String
  var mark: Mark
  /// Whether the settings name it: then it is shown as down when it does not run.
  var isNamed: Bool

  var kind: ServerKind? { if case .kind(let kind) = mark { kind } else { nil } }
}

/// The servers that the settings mean.
struct ServerChoice: Sendable {
  private(set) var servers: [WantedServer] = []
  /// Servers that are not shown, and forgotten when they are gone.
  private(set) var ignored: Set<String> = []
  /// `env.smaps_most`: of how many processes `smaps_rollup` is read at each look; the others get a ``PSSEstimate``.
  private(set) var mostRollups = 64

  /// A bound on the servers.
  static let most = 32

  private init() {}

  /// No servers.
  static let none = ServerChoice()

  init(_ settings: [String: String]) throws(PluginError) {
    ignored = Set(Self.words(settings["ignore"]).map(Self.field))
    let names = Self.words(settings["names"])
    if names.isEmpty {
      for kind in ServerKind.all {
        servers.append(WantedServer(name: kind.name, mark: .kind(kind), isNamed: false))
      }
    }
    for name in names { try add(name, settings) }
    for key in settings.keys.sorted() where key.hasPrefix("regex_") {
      try add(String(key.dropFirst(6)), settings)
    }
    servers.removeAll { ignored.contains($0.name) }
    guard servers.count <= Self.most else {
      throw PluginError(
        source: "env.names", expected: "at most \(Self.most) servers", found: "\(servers.count)")
    }
    if let text = settings["smaps_most"] {
      guard let number = Int(text), (0...100_000).contains(number) else {
        throw PluginError(source: "env.smaps_most", expected: "0 to 100000", found: "'\(text)'")
      }
      mostRollups = number
    }
  }

  private mutating func add(
    _ word: String, _ settings: [String: String]
  ) throws(PluginError) {
    let kind = ServerKind.named(word)
    var server = WantedServer(
      name: kind?.name ?? Self.field(word), mark: .program(ProcessName(word)), isNamed: true)
    if let text = settings["regex_\(word)"] ?? settings["regex_\(server.name)"] {
      do throws(PatternError) {
        server.mark = .pattern(try Pattern(text))
      } catch {
        throw PluginError(
          source: "env.regex_\(word)", expected: "a regular expression", found: "\(error)")
      }
    } else if let kind {
      server.mark = .kind(kind)
    }
    guard !server.name.isEmpty else {
      throw PluginError(source: "env.names", expected: "names of servers", found: "'\(word)'")
    }
    if let place = servers.firstIndex(where: { $0.name == server.name }) {
      servers[place] = server
    } else {
      servers.append(server)
    }
  }

  /// Adds a program, unless it is looked for already.
  mutating func lookAlso(for word: String) throws(PluginError) {
    if !servers.contains(where: { $0.name == Self.field(word) }) { try add(word, [:]) }
  }

  private static func words(_ text: String?) -> [String] {
    (text ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init)
  }

  static func field(_ word: String) -> String {
    ServerKind.named(word)?.name ?? FieldCleaning.perl.clean(word)
  }

  /// Whether command lines have to be read to find a server.
  var hasPatterns: Bool {
    servers.contains { if case .pattern = $0.mark { true } else { false } }
  }
}
