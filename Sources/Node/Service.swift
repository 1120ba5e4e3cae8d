internal import MuninWire
internal import PluginKit

/// One thing that a node can be asked for.
struct Service: Sendable {
  /// How its answers come about.
  enum Source: Sendable {
    case builtIn(BuiltIn)
    /// An executable of the service directory, by its path.
    case outside(String)
  }

  var name: String
  var source: Source
  /// The node that it belongs to, in small letters.
  var node: String
  /// Shown only to masters that know multigraphs.
  var isMultigraph = false
  /// Its config brings values along although nobody announced dirtyconfig: shown only to masters that know that.
  var isDirty = false

  func isShown(to capabilities: Capabilities) -> Bool {
    (!isMultigraph || capabilities.multigraph) && (!isDirty || capabilities.showsDirty)
  }
}
