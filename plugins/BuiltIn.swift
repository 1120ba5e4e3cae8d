public import PluginKit

/// All built-in plugins, sorted by name. The list is written by hand, so that it can be read and tested.
public let builtIn: [BuiltIn] = {
  var plugins = always
  #if SNMP
    plugins.append(.remote(SNMPUPS()))
  #endif
  return plugins.sorted { "\($0.description.name)" < "\($1.description.name)" }
}()

/// The plugins that every build has, whatever traits of the package are on.
private let always: [BuiltIn] = [
  .remote(Chrony()),
  .remote(ChronySource()),
  .remote(ChronyDrift()),
  .remote(ChronyStatus()),
  .local(CPU()),
  .local(DF()),
  .local(DFInode()),
  .local(DiskStats()),
  .local(Entropy()),
  .local(Forks()),
  .local(FWConntrack()),
  .local(FWForwardedLocal()),
  .local(FWPackets()),
  .local(If()),
  .local(IfErr()),
  .local(Interrupts()),
  .local(IRQStats()),
  .local(Load()),
  .local(Memory()),
  .local(MemoryAvailable()),
  .local(MemoryPressure()),
  .local(Netstat()),
  .remote(NTPPeer()),
  .local(NTPKernelErr()),
  .local(NTPKernelPLLFreq()),
  .local(NTPKernelPLLOff()),
  .remote(NTPOffset()),
  .remote(NTPPeers()),
  .remote(NTPStates()),
  .local(OpenFiles()),
  .local(OpenInodes()),
  .local(ProcPri()),
  .local(Processes()),
  .local(Swap()),
  .local(SwapUsage()),
  .local(Threads()),
  .local(Tmpfs()),
  .remote(UPS()),
  .local(Uptime()),
  .local(Users()),
  .local(VMStat()),
  .local(WebProcesses()),
]
