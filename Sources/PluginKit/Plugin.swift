internal import EventLoop
internal import Glibc
public import MuninWire

/// What is common to all built-in plugins, local and remote.
public protocol PluginDescription: Sendable {
  /// The service's name, `load`; a name that ends in `_` stands for a family, one service per suffix (`if_eth0`).
  var name: StaticString { get }

  /// What `apus-node plugins --doc` prints.
  var manual: Manual { get }

  /// Whether the plugin answers with several graphs, so that a master that does not know them is not shown it.
  var isMultigraph: Bool { get }

  /// The node that a service's values belong to, where that is not this machine and plugin-conf.d names no other: the
  /// `host_name` line of its config.
  func nodeName(of service: String, _ settings: [String: String]) -> String?
}

extension PluginDescription {
  public var isMultigraph: Bool { false }
  public func nodeName(of service: String, _ settings: [String: String]) -> String? { nil }
}

/// Whether a plugin has something to show on a machine, munin's `autoconf`.
public enum Availability: Sendable, Equatable {
  case yes
  /// No, and why, as in `no /proc/vmstat`.
  case no(String)

  /// The line that a plugin prints.
  public var line: String {
    switch self {
    case .yes: "yes\n"
    case .no(let reason): "no (\(reason))\n"
    }
  }
}

/// A plugin that looks at this machine. It answers at once, on the loop's thread, and writes into the reply; what
/// may keep it waiting is declared before as a ``SlowRead``.
public protocol Plugin: PluginDescription {
  /// Whether the plugin is offered when there is no folder of plugins.
  func autoconf(on host: Host) -> Availability

  /// Declares the reads that the answer to a question needs and that may take long or never end. They are made on
  /// worker threads, all at once, before the plugin is asked; see ``SlowRead``.
  ///
  /// Most plugins have none and leave this out. It is called on the loop's thread right before each question, so it is
  /// cheap: no file but of /proc, no allocation where all answers are fresh. What fails here fails again when the plugin
  /// is asked, and is told then.
  func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads)

  /// The suffixes of a family's services on this machine.
  func suggestions(on host: Host) -> [String]

  /// The graph of a plugin with one graph only.
  func graph(on host: Host) throws(PluginError) -> Graph

  /// All graphs, each with its name. A multigraph plugin implements this one.
  func graphs(on host: Host) throws(PluginError) -> [Graph]

  /// Writes the values; in a multigraph a `multigraph` line before each graph's.
  func values(on host: Host, into reply: inout Reply) throws(PluginError)
}

extension Plugin {
  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {}

  public func suggestions(on host: Host) -> [String] { [] }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    throw PluginError(source: "\(name)", expected: "a graph", found: "none")
  }

  public func graphs(on host: Host) throws(PluginError) -> [Graph] { [try graph(on: host)] }
}

/// A plugin that asks a daemon, a device or a status page. It has the shape of ``Plugin``, but its functions are `async`
/// on the loop and are cancelled at its deadline. Several calls may be under way at once.
public protocol RemotePlugin: PluginDescription {
  /// How long an answer may take before the node says `# Timed out`.
  func deadline(on host: Host) -> Duration

  /// Whether the plugin is offered when there is no folder of plugins. No answer within ``Deadlines/autoconf`` counts as
  /// no.
  @LoopActor func autoconf(on host: Host) async -> Availability
  @LoopActor func suggestions(on host: Host) async -> [String]
  @LoopActor func graphs(on host: Host) async throws(PluginError) -> [Graph]
  @LoopActor func values(on host: Host, into reply: inout Reply) async throws(PluginError)
}

extension RemotePlugin {
  @LoopActor public func suggestions(on host: Host) async -> [String] { [] }
}

/// Time limits of remote plugins.
public enum Deadlines {
  /// The limit of ``RemotePlugin/autoconf(on:)``.
  public static let autoconf = Duration.seconds(3)
}

/// A built-in plugin of either kind.
public enum BuiltIn: Sendable {
  case local(any Plugin)
  case remote(any RemotePlugin)

  /// What the plugin tells of itself.
  public var description: any PluginDescription {
    switch self {
    case .local(let plugin): plugin
    case .remote(let plugin): plugin
    }
  }
}

/// A file, socket or host did not give what a plugin needs.
public struct PluginError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, socket or host that was looked at.
  public let source: String
  public let expected: String
  public let found: String
  /// Whether there was no answer in time; the node's answer then is `# Timed out`.
  public let isTimeout: Bool
  /// The whole sentence, where "expected, found" does not fit.
  private let sentence: String?

  public init(source: String, expected: String, found: String, isTimeout: Bool = false) {
    self.source = source
    self.expected = expected
    self.found = found
    self.isTimeout = isTimeout
    sentence = nil
  }

  /// - Parameter sentence: what is said in place of "expected, found"; it names the source.
  public init(source: String, sentence: String, isTimeout: Bool = false) {
    self.source = source
    self.expected = "an answer"
    self.found = "none"
    self.isTimeout = isTimeout
    self.sentence = sentence
  }

  /// A file that cannot be read.
  /// - Parameter code: the errno.
  public static func unreadable(_ path: String, code: Int32) -> PluginError {
    let reason =
      switch code {
      case EFBIG: "larger than \(ReadBuffer.limit >> 20) MiB"
      case ESPIPE: "expected a regular file, found a pipe"
      default: String(cString: strerror(code))
      }
    return PluginError(
      source: path, expected: "a file to read", found: reason,
      sentence: "cannot read \(path): \(reason)")
  }

  private init(source: String, expected: String, found: String, sentence: String) {
    self.source = source
    self.expected = expected
    self.found = found
    isTimeout = false
    self.sentence = sentence
  }

  /// One line: what was found may hold control characters, which are shown as `\n` or `\x1b`.
  public var description: String {
    PluginError.oneLine(sentence ?? "\(source): expected \(expected), found \(found)")
  }

  private static func oneLine(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09: shown += "\\t"
      case 0x0A: shown += "\\n"
      case 0x0D: shown += "\\r"
      case 0..<0x20, 0x7F:
        let hex = String(scalar.value, radix: 16)
        shown += "\\x" + (hex.utf8.count < 2 ? "0" : "") + hex
      default: shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}
