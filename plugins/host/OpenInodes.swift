public import MuninWire
public import PluginKit

/// Inodes that the kernel holds in memory, from `/proc/sys/fs/inode-nr`.
public struct OpenInodes: Plugin {
  public let name: StaticString = "open_inodes"

  public init() {}

  public var manual: Manual {
    Manual(
      "how many inodes the kernel holds in memory",
      details: """
        Inodes in the kernel's table, from /proc/sys/fs/inode-nr. The table grows and shrinks by
        itself; most of it is cache.
        """,
      settings: [.thresholds, .general],
      fields: [("used", "inodes in use"), ("max", "inodes in the table, free ones too")],
      example: "[open_inodes]\nenv.used_warning 5000000")
  }

  public func autoconf(on host: Host) -> Availability {
    host.canRead("/proc/sys/fs/inode-nr") ? .yes : .no("no /proc/sys/fs/inode-nr")
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    var fields = [
      Field("used", label: "open inodes", info: "inodes in use"),
      Field("max", label: "inode table size", info: "inodes in the kernel's table"),
    ]
    for index in fields.indices { host.applyThresholds(to: &fields[index]) }
    return Graph(
      "Inode table usage", category: "system", args: "--base 1000 -l 0",
      vlabel: "number of open inodes", info: "Inodes that the kernel holds in memory.",
      fields: fields)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try host.read("/proc/sys/fs/inode-nr", isOneRecord: true) { text throws(PluginError) in
      var words = WordReader()
      guard let all = words.amount(in: text), let free = words.amount(in: text) else {
        throw PluginError(
          source: "/proc/sys/fs/inode-nr", expected: "two numbers", found: excerpt(text))
      }
      reply.value("used", all.droppingBelowZero(free))
      reply.value("max", all)
    }
  }
}
