public import MuninWire
public import PluginKit

/// How full the file systems in memory are, and what all shared memory takes.
public struct Tmpfs: Plugin {
  public let name: StaticString = "tmpfs"
  public let isMultigraph = true

  public init() {}

  public var manual: Manual {
    Manual(
      "how full the file systems in memory are",
      details: """
        Every tmpfs and devtmpfs of /proc/self/mountinfo, each once however often it is bind-mounted, and
        without those hidden below another mount: bytes in use (tmpfs_used), size (tmpfs_size), inodes in
        use (tmpfs_inodes). Left out are those of 1 MB and less, those that are read-only, and those of
        containers and services, which change with them. One without a limit (size=0) has no fields for
        bytes, only for inodes. /dev is included, since writing to a mistyped device name fills it.

        tmpfs_shmem has all shared memory: Shmem of /proc/meminfo is the part in memory; tmpfs and System
        V segments (/proc/sysvipc/shm) are stored in memory or in swap. The kernel does not count how much
        of them is in swap; bytes stored beyond Shmem must be there, so "swapped" is a lower bound.
        Without swap the field is left out.

        Warning above 80 % of the size or the inodes; above 95 % (critical) writing will soon fail: with a
        full /run services do not start, with a full /tmp programs lose data. The sizes of all tmpfs may
        add up to more than the memory, so low numbers here do not mean that memory is left.
        """,
      settings: [
        .init(
          "exclude_re", as: .patterns, default: TmpfsMounts.excluded,
          "patterns of sources or mount points to leave out"),
        .init(
          "include_re", as: .patterns, default: "none", "patterns of those to show all the same"),
        .init(
          "warning", "critical", as: .rangeOrShare, default: "80%, 95%",
          "of all MOUNT and MOUNT_inodes, best in %", check: EnvSetting.bytes),
        .thresholds("MOUNT_size", "bytes", check: EnvSetting.bytes),
        .thresholds(
          "MOUNT_inodes", as: .rangeOrShare, default: "80%, 95%", "inodes or % of them",
          check: EnvSetting.share),
        .thresholds(
          "MOUNT", as: .rangeOrShare, default: "80%, 95%", "bytes or % of the size",
          check: EnvSetting.bytes),
        .thresholds(
          "FIELD", "bytes, for the fields of tmpfs_shmem", check: EnvSetting.bytes),
      ],
      fields: [
        ("MOUNT", "bytes in use; the mount point with _ for other signs: _dev_shm"),
        ("MOUNT_size", "bytes that may be used"), ("MOUNT_inodes", "inodes in use"),
        ("shmem", "bytes of shared memory that are in memory, tmpfs included"),
        ("stored", "bytes stored on every visible tmpfs, in memory or in swap"),
        ("sysv", "bytes of System V segments, in memory or in swap"),
        ("sysv_swapped", "bytes of System V segments in swap"),
        ("swapped", "bytes of all these in swap, a lower bound"),
      ],
      example: "[tmpfs]\nenv.exclude_re ^/run/user/\nenv._run_warning 50%")
  }

  public func slowReads(for question: PluginQuestion, on host: Host, into list: inout SlowReads) {
    TmpfsMounts.slowReads(on: host, into: &list)
  }

  public func autoconf(on host: Host) -> Availability {
    guard host.canRead("/proc/self/mountinfo") else { return .no("no /proc/self/mountinfo") }
    // An error is reported when the plugin is asked for values.
    let look = try? TmpfsMounts.look(on: host)
    return look?.shown.isEmpty == false ? .yes : .no("no tmpfs")
  }

  /// A field with its value, and what 100 % is.
  private struct Row {
    var field: String
    var label: String
    var info: String?
    var draw: String?
    var whole: UInt64?
    var value: Finding<UInt64> = .unknown
    var hasThresholds = true
  }

  private struct Look {
    var used: [Row] = []
    var sizes: [Row] = []
    var inodes: [Row] = []
    var shared: [Row] = []
    var complaints: [PluginError] = []

    init(on host: Host) throws(PluginError) {
      let (mounts, stored) = try TmpfsMounts.look(on: host)
      for mount in mounts {
        let name = mount.entry.field
        let label = mount.entry.label
        guard let use = mount.use else {
          used.append(Row(field: name, label: label))
          sizes.append(Row(field: name + "_size", label: label, hasThresholds: false))
          inodes.append(Row(field: name + "_inodes", label: label))
          continue
        }
        if use.blocks > 0 {
          used.append(
            Row(
              field: name, label: label, info: "of \(use.bytes.inWords)", whole: use.bytes,
              value: .value(use.bytesUsed)))
          sizes.append(
            Row(field: name + "_size", label: label, value: .value(use.bytes), hasThresholds: false)
          )
        }
        if use.inodes > 0 {
          inodes.append(
            Row(
              field: name + "_inodes", label: label, info: "of \(use.inodes)", whole: use.inodes,
              value: .value(use.inodes.droppingBelowZero(use.freeInodes))))
        }
      }
      takeShared(try SharedMemory(on: host, tmpfs: stored))
    }

    private mutating func takeShared(_ memory: SharedMemory) {
      func add(
        _ field: String, _ label: String, _ draw: String, _ info: String, _ value: Finding<UInt64>
      ) {
        if value.isAbsent { return }
        shared.append(
          Row(
            field: field, label: label, info: info, draw: draw, value: value, hasThresholds: false)
        )
      }
      add(
        "shmem", "in memory", "AREA", "all shared memory, tmpfs included", Finding(memory.resident))
      add(
        "stored", "stored on tmpfs", "LINE2", "in memory or in swap, on every tmpfs",
        .value(memory.tmpfs))
      let segments = memory.segments
      add(
        "sysv", "System V segments", "LINE1", "in memory or in swap",
        segments.part { $0.resident &+ $0.swapped })
      add(
        "sysv_swapped", "System V segments in swap", "LINE1", "as the kernel counts it",
        segments.part(\.swapped))
      add(
        "swapped", "in swap, at least", "LINE2",
        "bytes that are stored and not in memory; there may be more",
        Finding(memory.swapped))
      complaints = memory.complaints
    }
  }

  public func graphs(on host: Host) throws(PluginError) -> [Graph] {
    let look = try Look(on: host)
    return [
      graph(
        "tmpfs_used", "tmpfs: bytes in use", "Bytes", "1024",
        "What is stored on file systems in memory.", look.used, host),
      graph(
        "tmpfs_size", "tmpfs: size", "Bytes", "1024",
        "The size limits of file systems in memory; their sum may be larger than the memory.",
        look.sizes,
        host),
      graph(
        "tmpfs_inodes", "tmpfs: inodes in use", "Inodes", "1000",
        "Files, folders and links on file systems in memory.", look.inodes, host),
      graph(
        "tmpfs_shmem", "Shared memory and tmpfs", "Bytes", "1024",
        "All shared memory, and how much of it is stored in files.", look.shared, host),
    ].filter { !$0.fields.isEmpty }
  }

  private func graph(
    _ name: String, _ title: String, _ vlabel: String, _ base: String, _ info: String,
    _ rows: [Row], _ host: Host
  ) -> Graph {
    let fields = rows.map { row in
      var field = Field(row.field, label: row.label, draw: row.draw, info: row.info)
      host.applyThresholds(
        to: &field, whole: row.whole, general: row.hasThresholds,
        warning: row.hasThresholds ? "80%" : nil, critical: row.hasThresholds ? "95%" : nil)
      return field
    }
    var graph = Graph(
      title, category: "system", args: "--base \(base) -l 0", vlabel: vlabel, info: info,
      fields: fields)
    graph.name = name
    return graph
  }

  public func values(on host: Host, into reply: inout Reply) throws(PluginError) {
    let look = try Look(on: host)
    for (name, rows) in [
      ("tmpfs_used" as StaticString, look.used), ("tmpfs_size", look.sizes),
      ("tmpfs_inodes", look.inodes), ("tmpfs_shmem", look.shared),
    ] where !rows.isEmpty {
      reply.multigraph(name)
      for row in rows { reply.value(row.field, row.value) }
    }
    reply.complain(look.complaints)
  }
}
