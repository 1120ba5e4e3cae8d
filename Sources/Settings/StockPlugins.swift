/// What `stock_plugins` of munin-node.conf says about munin's own plugins: those that its package
/// installed, unchanged, and whose name a built-in plugin has as well.
public enum StockPlugins: String, Sendable, Hashable, CaseIterable {
  /// The built-in plugin of that name answers, without a child process.
  case builtIn = "builtin"
  /// The installed program answers.
  case script
}
