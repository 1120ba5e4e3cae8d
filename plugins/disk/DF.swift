public import MuninWire
public import PluginKit

/// How full the file systems are.
public struct DF: Plugin {
  public let name: StaticString = "df"

  public init() {}

  private static let excluded =
    "none unknown rootfs iso9660 squashfs udf romfs ramfs debugfs cgroup_root devtmpfs"

  public var manual: Manual {
    Manual(
      "how full the file systems are",
      details: "Used room as a share of what is used and what is left for everybody.\n"
        + DiskUsage.sources,
      settings: DiskUsage.settings(excluded: DF.excluded), fields: DiskUsage.fields,
      example: "[df]\nenv.exclude_re ^/run/user\nenv._dev_sda1_warning 80")
  }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    DiskUsage.slowReads(for: question, on: host, excluding: DF.excluded, into: &list)
  }

  public func autoconf(on host: Host) -> Availability {
    DiskUsage.autoconf(on: host, excluding: DF.excluded)
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    try DiskUsage.graph(
      "Disk usage in percent", info: "How full the file systems are.", on: host,
      excluding: DF.excluded)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try DiskUsage.values(on: host, excluding: DF.excluded, into: &reply) { use in
      (use.blocks.droppingBelowZero(use.free), use.available)
    }
  }
}
