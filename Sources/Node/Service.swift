internal import MuninWire
internal import PluginKit
internal import Settings

/// One thing that a node can be asked for.
struct Service {
  /// How its answers come about.
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

  var name: String
  var source: Source
  var settings: ServiceSettings
  /// The file that was looked at; the same stamp, the same plugin.
  var stamp: FileStamp?
  /// The node that it belongs to, in small letters.
  var node: String
  var knowledge = Knowledge.ready
  /// Shown only to masters that know multigraphs.
  var isMultigraph = false
  /// Its config brings values along although nobody announced dirtyconfig: shown only to masters that know that.
  var isDirty = false

  func isShown(to capabilities: Capabilities) -> Bool {
    switch knowledge {
    case .dropped: false
    // Whoever knows both need not be kept from anything.
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
}
