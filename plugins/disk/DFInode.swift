public import MuninWire
public import PluginKit

/// How many of the file systems' inodes are used.
public struct DFInode: Plugin {
  public let name: StaticString = "df_inode"

  public init() {}

  private static let excluded =
    "none unknown iso9660 squashfs udf romfs ramfs vfat debugfs nilfs2 rootfs reiserfs"

  public var manual: Manual {
    Manual(
      "how many of the file systems' inodes are used",
      details: "Each file needs an inode: without a free one none can be made, however much room\n"
        + "there is. File systems without a fixed number show 0.\n" + DiskUsage.sources,
      settings: DiskUsage.settings(excluded: DFInode.excluded), fields: DiskUsage.fields,
      example: "[df_inode]\nenv.exclude_re ^/run/user\nenv._dev_sda1_warning 80")
  }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    DiskUsage.slowReads(for: question, on: host, excluding: DFInode.excluded, into: &list)
  }

  public func autoconf(on host: Host) -> Availability {
    DiskUsage.autoconf(on: host, excluding: DFInode.excluded)
  }

  public func graph(on host: Host) throws(PluginError) -> Graph {
    try DiskUsage.graph(
      "Inode usage in percent", info: "How many of the file systems' inodes are used.", on: host,
      excluding: DFInode.excluded)
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    try DiskUsage.values(on: host, excluding: DFInode.excluded, into: &reply) { use in
      (use.inodes.droppingBelowZero(use.freeInodes), use.freeInodes)
    }
  }
}
