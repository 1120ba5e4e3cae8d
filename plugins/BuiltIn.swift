public import PluginKit

/// All plugins of the house, by hand: a list can be read, sorted and tested.
public let builtIn: [BuiltIn] = [
  .local(CPU()),
  .local(Load()),
  .local(Memory()),
  .local(Swap()),
  .local(Uptime()),
]
