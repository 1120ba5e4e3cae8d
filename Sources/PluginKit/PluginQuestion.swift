/// What a plugin is asked: in munin's words, the argument it is run with (none for `fetch`).
public enum PluginQuestion: String, Sendable {
  case autoconf, config, fetch
}
