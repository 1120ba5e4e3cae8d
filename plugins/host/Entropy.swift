public import MuninWire
public import PluginKit

/// The kernel's estimate of its entropy, from `/proc/sys/kernel/random/entropy_avail`.
public struct Entropy: Plugin {
  public let name: StaticString = "entropy"

  public init() {}

  public var manual: Manual {
    Manual(
      "how much entropy the kernel has",
      details: """
        The kernel's estimate for its random numbers, from /proc/sys/kernel/random/entropy_avail, in
        bits (munin's label says bytes). Since Linux 5.18 it is 256 on every machine that has
        started; only older kernels can run low.
        """,
      settings: [.thresholds("entropy"), .general],
      fields: [("entropy", "bits")],
      example: "[entropy]\nenv.entropy_warning 120:")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/sys/kernel/random/entropy_avail")
      ? .yes : .no("no /proc/sys/kernel/random/entropy_avail")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var entropy = Field("entropy", info: "the kernel's estimate for its random numbers")
    host.applyThresholds(to: &entropy)
    return Graph(
      "Available entropy", category: "system", args: "--base 1000 -l 0", vlabel: "entropy (bytes)",
      scale: false, info: "The kernel's estimate of its entropy.", fields: [entropy])
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/sys/kernel/random/entropy_avail", isOneRecord: true) {
      text throws(PluginError) in
      var words = WordReader()
      guard let entropy = words.amount(in: text) else {
        throw PluginError(
          source: "/proc/sys/kernel/random/entropy_avail", expected: "a number",
          found: excerpt(text))
      }
      reply.value("entropy", entropy)
    }
  }
}
