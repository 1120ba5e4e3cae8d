extension NodeProgram {
  /// A file or folder of settings, and whether anybody asked for it.
  public struct Place: Sendable, Hashable {
    public var path: String
    /// It is where munin has it, and no option named it.
    public var isDefault: Bool

    public init(_ path: String, isDefault: Bool) {
      self.path = path
      self.isDefault = isDefault
    }
  }

  /// Where everything is, as the command line or the defaults say.
  public struct Places: Sendable {
    /// munin-node.conf; `nil` for none.
    public var config: Place?
    /// The folder of plugins; `nil` for none.
    public var services: Place?
    /// plugin-conf.d; `nil` for none.
    public var pluginSettings: Place?
    /// The folder that munin's packages install plugins to; `nil` for none.
    public var library: Place?
    /// One more file of plugins' settings, read last.
    public var pluginSettingsFile: String?
    /// The command line's word on `paranoia`, which goes before the file's.
    public var paranoia: Bool?
    /// `MUNIN_DEBUG` for plugins.
    public var debugsPlugins = false

    public init(config: Place?, services: Place?, pluginSettings: Place?) {
      self.config = config
      self.services = services
      self.pluginSettings = pluginSettings
    }
  }
}
