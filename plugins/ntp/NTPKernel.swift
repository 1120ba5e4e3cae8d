internal import Glibc
public import MuninWire
public import PluginKit

/// The kernel's estimate of its clock's error: munin's `ntp_kernel_err`.
public struct NTPKernelErr: Plugin {
  public let name: StaticString = "ntp_kernel_err"

  public init() {}

  public func autoconf(on host: Host) -> Availability { host.hasKernelTime }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    host.kernelGraph(
      "NTP kernel PLL estimated error (secs)", vlabel: "est. err (secs)",
      info: "The kernels estimated error for the phase-locked loop used by NTP.",
      Field("ntp_err", label: "est-error", info: "Estimated error for the kernel PLL"))
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let time = try host.kernelTime()
    reply.value("ntp_err", Double(time.estimatedError) / 1e6, digits: 9)
  }
}

/// The correction that the kernel still has to make: munin's `ntp_kernel_pll_off`.
public struct NTPKernelPLLOff: Plugin {
  public let name: StaticString = "ntp_kernel_pll_off"

  public init() {}

  public func autoconf(on host: Host) -> Availability { host.hasKernelTime }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    host.kernelGraph(
      "NTP kernel PLL offset (secs)", vlabel: "PLL offset (secs)",
      info: "The kernel offset for the phase-locked loop used by NTP",
      Field("ntp_pll_off", label: "pll-offset", info: "Phase-locked loop offset in seconds"))
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    reply.value("ntp_pll_off", try host.kernelTime().remainingOffset, digits: 9)
  }
}

/// The kernel's correction of the frequency: munin's `ntp_kernel_pll_freq`.
public struct NTPKernelPLLFreq: Plugin {
  public let name: StaticString = "ntp_kernel_pll_freq"

  public init() {}

  public func autoconf(on host: Host) -> Availability { host.hasKernelTime }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let (_, text) = try compensation(on: host)
    return host.kernelGraph(
      "NTP kernel PLL frequency (ppm + \(text))", args: "--alt-autoscale",
      vlabel: "PLL frequency (ppm + \(text))",
      info: "The frequency for the kernel phase-locked loop used by NTP.",
      Field(
        "ntp_pll_freq", label: "pll-freq",
        info: "Phase-locked loop frequency in parts per million"))
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let added = try compensation(on: host).number
    reply.value("ntp_pll_freq", try host.kernelTime().partsPerMillion + added, digits: 9)
  }

  /// A number of the administrator's that is added, so that the clock's usual correction is drawn near zero.
  private func compensation(on host: Host) throws(PluginError) -> (number: Double, text: String) {
    guard host.canRead("/etc/munin/ntp-freq-comp") else { return (0, "0") }
    return try host.read("/etc/munin/ntp-freq-comp") { text throws(PluginError) in
      var words = WordReader()
      guard let word = words.next(in: text), let number = parseNumber(text.extracting(word)) else {
        throw PluginError(
          source: "/etc/munin/ntp-freq-comp", expected: "a number", found: excerpt(text))
      }
      return (number, String(copying: text.extracting(word)))
    }
  }
}

extension Host {
  fileprivate var hasKernelTime: Availability {
    kernel.time() == nil ? .no("adjtimex gives no answer") : .yes
  }

  fileprivate func kernelTime() throws(PluginError) -> KernelTime {
    guard let time = kernel.time() else {
      throw PluginError(source: "adjtimex", expected: "the kernel's clock", found: "no answer")
    }
    return time
  }

  fileprivate func kernelGraph(
    _ title: String, args: String? = nil, vlabel: String, info: String, _ field: Field
  ) -> Graph {
    var field = field
    applyThresholds(to: &field, general: false)
    return Graph(title, category: "time", args: args, vlabel: vlabel, info: info, fields: [field])
  }
}
