internal import EventLoop
internal import MuninWire
internal import PluginKit
internal import Settings

/// One thing that a node can be asked for.
@LoopActor
final class Service {
  /// What is behind it.
  enum Source {
    /// A plugin of this program, and the machine as that plugin is to see it.
    case builtIn(BuiltIn, Host)
    /// An executable of the service directory, by its path.
    case outside(String)
  }

  /// What is known of it.
  enum Knowledge: Sendable {
    /// Its config has not been read yet.
    case pending
    case ready
    /// Its config was empty or did not come: it is not offered.
    case dropped
  }

  let name: String
  let source: Source
  let answerer: any Answerer
  let settings: ServiceSettings
  /// The file that was looked at; the same stamp, the same plugin.
  let stamp: FileStamp?
  /// The node that it belongs to, in small letters.
  var node: String
  var knowledge: Knowledge
  /// Shown only to masters that know multigraphs.
  var isMultigraph: Bool
  /// Its config holds values although dirtyconfig was not announced: shown only to masters that know dirtyconfig.
  var isDirty = false

  init(
    name: String, source: Source, answerer: any Answerer, settings: ServiceSettings,
    stamp: FileStamp? = nil, node: String, knowledge: Knowledge = .ready, isMultigraph: Bool = false
  ) {
    self.name = name
    self.source = source
    self.answerer = answerer
    self.settings = settings
    self.stamp = stamp
    self.node = node
    self.knowledge = knowledge
    self.isMultigraph = isMultigraph
  }

  func isShown(to capabilities: Capabilities) -> Bool {
    switch knowledge {
    case .dropped: false
    // A master that knows both need not be kept from anything.
    case .pending: capabilities.multigraph && capabilities.showsDirty
    case .ready:
      (!isMultigraph || capabilities.multigraph) && (!isDirty || capabilities.showsDirty)
    }
  }

  /// Whether this is the same plugin under the same settings, so that what is known of one holds for the other.
  func isSame(as other: Service) -> Bool {
    switch (source, other.source) {
    case (.outside(let one), .outside(let two)):
      one == two && stamp == other.stamp && settings == other.settings
    default: false
    }
  }

  /// Whether it may turn out to be a node's: a plugin without `host_name` in plugin-conf.d may still name its node in
  /// its config.
  func mayBelong(to host: String?) -> Bool {
    knowledge == .pending && (settings.hostName == nil || host == nil || node == host)
  }

  /// Takes over what a config says of its plugin.
  func learn(from reply: Reply) {
    let traits = ConfigTraits(reply.bytes.span)
    guard reply.text != "# Timed out\n", !traits.isEmpty else {
      knowledge = .dropped
      return
    }
    knowledge = .ready
    isMultigraph = traits.isMultigraph
    isDirty = traits.isDirty
    if settings.hostName == nil, let other = traits.hostName { node = other.lowercased() }
  }
}
