public import MuninWire
public import PluginKit

/// Open files of the whole machine, from `/proc/sys/fs/file-nr`.
public struct OpenFiles: Plugin {
  public let name: StaticString = "open_files"

  public init() {}

  public var manual: Manual {
    Manual(
      "how many files are open",
      details: """
        Open files, sockets and pipes of all processes, from /proc/sys/fs/file-nr. When the kernel's
        maximum is reached, no process can open another one.
        """,
      settings: [
        .thresholds(
          "used", as: .rangeOrShare, default: "92%, 98%", "open files, or % of the maximum",
          check: EnvSetting.share),
        .general,
      ],
      fields: [("used", "open files")],
      example: "[open_files]\nenv.used_warning 80%")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/sys/fs/file-nr") ? .yes : .no("no /proc/sys/fs/file-nr")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    let most = try numbers(on: host).most
    var used = Field(
      "used", label: "open files", info: "open files, sockets and pipes",
      warning: formatted((Double(most) * 0.92).rounded(.down), digits: 0),
      critical: formatted((Double(most) * 0.98).rounded(.down), digits: 0))
    host.applyThresholds(to: &used, whole: most)
    return Graph(
      "File table usage", category: "system", args: "--base 1000 -l 0",
      vlabel: "number of open files", info: "Open files of all processes.", fields: [used])
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let (allocated, free, _) = try numbers(on: host)
    reply.value("used", allocated.droppingBelowZero(free))
  }

  private func numbers(
    on host: Host
  ) throws(PluginError) -> (allocated: UInt64, free: UInt64, most: UInt64) {
    try host.read("/proc/sys/fs/file-nr", isOneRecord: true) { text throws(PluginError) in
      var words = WordReader()
      guard let allocated = words.amount(in: text), let free = words.amount(in: text),
        let most = words.amount(in: text)
      else {
        throw PluginError(
          source: "/proc/sys/fs/file-nr", expected: "three numbers", found: excerpt(text))
      }
      return (allocated, free, most)
    }
  }
}
