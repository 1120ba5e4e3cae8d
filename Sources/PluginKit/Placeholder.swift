// PluginKit: to be written.
