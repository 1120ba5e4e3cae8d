/// The directives of a section of plugin-conf.d.
public enum PluginDirectives {
  public static var section: DirectiveSection {
    DirectiveSection(
      "Directives",
      [
        KnownDirective(
          "user", .word, default: "default_plugin_user",
          "User that the plugin runs as: a name or a number."),
        KnownDirective(
          "group", .other("GROUP[, GROUP...]"), default: "default_plugin_group",
          "Groups of the plugin; the first one is its primary group.",
          "A group in parentheses need not exist."),
        KnownDirective(
          "command", .other("WORDS"),
          "What is run instead of the plugin, without a shell.",
          "A word `%c` stands for the plugin and its argument."),
        KnownDirective(
          "env.", .other("NAME VALUE"),
          "Sets the variable NAME of the plugin's environment; the value runs to the end of the line.",
          "`apus-node plugins --doc PLUGIN` tells which ones a built-in plugin knows."),
        KnownDirective(
          "host_name", .other("NAME"), default: "the node's own name",
          "Node that the service belongs to, when it is not this machine."),
        KnownDirective(
          "timeout", .seconds, default: "timeout of munin-node.conf",
          "Seconds that the plugin may run."),
        KnownDirective(
          "update_rate", .seconds, at: [],
          "Read and without effect, as in munin-node: the plugin itself prints its update_rate."),
      ])
  }

  /// The words of a section but `env.`.
  static let words = section.directives.map(\.word).filter { $0 != "env." }
}
