public import PluginKit

/// All plugins of the house, by hand: a list can be read, sorted and tested.
public let builtIn: [BuiltIn] = [
  .local(CPU()),
  .local(DF()),
  .local(DFInode()),
  .local(DiskStats()),
  .local(Entropy()),
  .local(Forks()),
  .local(If()),
  .local(IfErr()),
  .local(Interrupts()),
  .local(IRQStats()),
  .local(Load()),
  .local(Memory()),
  .local(Netstat()),
  .local(OpenFiles()),
  .local(OpenInodes()),
  .local(ProcPri()),
  .local(Processes()),
  .local(Swap()),
  .local(Threads()),
  .local(Uptime()),
  .local(Users()),
  .local(VMStat()),
  .local(WebProcesses()),
]
