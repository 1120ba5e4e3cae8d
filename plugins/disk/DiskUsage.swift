internal import MuninWire
internal import PluginKit

/// What `df` and `df_inode` have in common: a percentage of each file system.
enum DiskUsage {
  /// What is said of the settings in both manuals.
  static func settings(excluded: String) -> [EnvSetting] {
    [
      .init("exclude", as: .list(), default: excluded, "types of file systems to leave out"),
      .init(
        "exclude_re", as: .patterns, default: "none",
        "patterns of devices or mount points to leave out"),
      .init("include_re", as: .patterns, default: "none", "patterns of those to keep all the same"),
      .init(
        "warning", "FIELD_warning", as: .range, default: "92", "percent", check: EnvSetting.percent),
      .init(
        "critical", "FIELD_critical", as: .range, default: "98", "percent",
        check: EnvSetting.percent),
    ]
  }

  static let fields = [
    ("DEVICE", "percent; the device with _ for other signs: _dev_sda1"),
    ("MOUNTPOINT", "the same for a tmpfs, whose device is a mere word: _run"),
  ]

  static let sources = """
    File systems are those of /proc/self/mountinfo, each once, by the room that statvfs tells. As with
    df -l those of other machines are left out. FUSE mounts, and what is mounted below them or below
    another machine's, may never answer: such a one is waited for 5 seconds, then it is unknown (U)
    and not asked again until it answers; all others go on. Types that are full by nature (erofs,
    cramfs, efivarfs) raise no alarm: they are left out, unless env.exclude is set.
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
    // What is wrong with mountinfo or a pattern is said when the plugin is asked; here it only means no.
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

  /// One without blocks has no room that could be used; one that is silent now will speak again.
  private static func isShown(_ entry: FileSystems.Entry, on host: Host) -> Bool {
    if case .none = FileSystems.room(of: entry, on: host) { false } else { true }
  }
}
