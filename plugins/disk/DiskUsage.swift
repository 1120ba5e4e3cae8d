internal import MuninWire
internal import PluginKit

/// What `df` and `df_inode` have in common: a percentage of each file system.
enum DiskUsage {
  /// The settings of both plugins.
  static func settings(excluded: String) -> [EnvSetting] {
    [
      .init("exclude", as: .list(), default: excluded, "types of file systems to leave out"),
      .init(
        "exclude_re", as: .patterns, default: "none",
        "patterns of devices or mount points to leave out"),
      .init("include_re", as: .patterns, default: "none", "patterns of those to keep all the same"),
      .init(
        "warning", "FIELD_warning", as: .range, default: "92", "percent", check: check),
      .init(
        "critical", "FIELD_critical", as: .range, default: "98", "percent", check: check),
    ]
  }

  @Sendable private static func check(_ value: String) -> String? {
    EnvSetting.notZero(value) ?? EnvSetting.percent(value)
  }

  static let fields = [
    ("DEVICE", "percent; the device with _ for other signs: _dev_sda1"),
    ("MOUNTPOINT", "the same for a tmpfs, whose device is a mere word: _run"),
  ]

  static let sources = """
    Every file system of /proc/self/mountinfo is shown once, with the space that statvfs reports. As
    with df -l those of other machines are left out. A FUSE mount, and a mount below one or below
    another machine's, may never answer: after 5 seconds it is unknown (U), and it is not asked again
    before it has answered; all others are shown as usual. Types that are always full (erofs, cramfs,
    efivarfs) are left out, unless env.exclude is set.
    """

  static func slowReads(
    for question: PluginQuestion, on host: Host, excluding standard: String,
    into list: inout SlowReads
  ) {
    // Whether there are file systems is told by the mounts alone.
    guard question != .autoconf else { return }
    FileSystems.slowReads(on: host, excluding: standard, into: &list)
  }

  static func autoconf(on host: Host, excluding standard: String) -> Availability {
    // An unreadable mountinfo or a bad pattern is an error when the plugin is asked; here it means no.
    let list = try? FileSystems.current(on: host, excluding: standard)
    return list?.entries.isEmpty == false ? .yes : .no("no file systems")
  }

  static func graph(
    _ title: String, info: String, on host: Host, excluding standard: String
  ) throws(PluginError) -> Graph {
    var fields: [Field] = []
    for entry in try FileSystems.current(on: host, excluding: standard).entries {
      guard isShown(entry, on: host) else { continue }
      var field = Field(entry.field, label: entry.label, warning: "92", critical: "98")
      host.applyThresholds(to: &field)
      fields.append(field)
    }
    return Graph(
      title, category: "disk", args: "--upper-limit 100 -l 0", vlabel: "%", scale: false,
      info: info, fields: fields)
  }

  static func values(
    on host: Host, excluding standard: String, into reply: inout Reply,
    used: (FileSystemUse) -> (used: UInt64, left: UInt64)
  ) throws(PluginError) {
    var isAnyKnown = false
    var isAnySilent = false
    for entry in try FileSystems.current(on: host, excluding: standard).entries {
      switch FileSystems.room(of: entry, on: host) {
      case .known(let use):
        let (used, left) = used(use)
        let share = used == 0 ? 0 : Double(used) / (Double(used) + Double(left)) * 100
        reply.value(entry.field, exactly: share)
        isAnyKnown = true
      case .silent:
        reply.value(entry.field, "", exactly: nil)
        isAnySilent = true
      case .none: break
      }
    }
    if isAnySilent, !isAnyKnown { throw FileSystems.noAnswer }
  }

  /// Whether a file system has a field: not without blocks, but also while it does not answer.
  private static func isShown(_ entry: FileSystems.Entry, on host: Host) -> Bool {
    if case .none = FileSystems.room(of: entry, on: host) { false } else { true }
  }
}
