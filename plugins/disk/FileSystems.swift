internal import Glibc
internal import MuninWire
internal import PluginKit

/// The file systems of a service: which to ask, and how their fields are called. Kept from fetch to fetch, and made
/// anew when the machine's mounts have changed.
final class FileSystems {
  /// A file system and its field.
  struct Entry {
    var field: String
    var label: String
    /// The mount point, with a NUL behind it.
    var path: [CChar]
    /// The read of one that may never answer.
    var read: SlowRead<FileSystemUse?>?
  }

  /// What is known of the room on a file system.
  enum Room {
    case known(FileSystemUse)
    /// It has no blocks, or this process may not ask.
    case none
    /// The machine or program that serves it does not answer.
    case silent
  }

  /// How many seconds a mount that may hang is waited for, and for how many its answer serves.
  private static let limit = 5
  private static let age = 7.0

  /// For how many seconds the kernel is believed that nothing was mounted or unmounted.
  private static let longest = 300.0

  private(set) var entries: [Entry] = []
  private var generation: UInt64?
  private var time = 0.0
  private var text: [UInt8] = []
  private var settings: [String: String]?

  /// Types that are always full, beside those that munin's plugins leave out by default.
  private static let pseudo: Set<String> = ["cramfs", "efivarfs", "erofs"]

  /// Declares the reads of those mounts that may hang.
  static func slowReads(
    on host: Host, excluding standard: String, into list: inout SlowReads
  ) {
    // An error of the mounts or the settings is thrown again when the plugin is asked.
    guard let systems = try? refreshed(on: host, excluding: standard) else { return }
    for entry in systems.entries {
      if let read = entry.read { list.add(read, on: host) }
    }
  }

  /// The file systems whose reads were declared for this question, or as they are now.
  static func current(
    on host: Host, excluding standard: String
  ) throws(PluginError) -> FileSystems {
    let list = host.kept(for: host.service) { FileSystems() }
    if host.hasWorkers, list.settings == host.settings { return list }
    return try refreshed(on: host, excluding: standard)
  }

  /// Looks at the mounts again where they may have changed.
  private static func refreshed(
    on host: Host, excluding standard: String
  ) throws(PluginError) -> FileSystems {
    let list = host.kept(for: host.service) { FileSystems() }
    let now = host.kernel.secondsSinceBoot()
    let generation = host.mountsGeneration()
    if let generation, generation == list.generation, list.settings == host.settings,
      now - list.time < longest
    {
      return list
    }
    list.time = now
    list.generation = generation
    try host.read("/proc/self/mountinfo") { text throws(PluginError) in
      if !list.isUpToDate(text, host.settings) {
        try list.refresh(from: text, on: host, excluding: standard)
      }
    }
    return list
  }

  static func room(of entry: Entry, on host: Host) -> Room {
    var use: FileSystemUse?
    if let read = entry.read {
      guard let answer = host.answer(of: read) else { return .silent }
      use = answer
    } else {
      use = host.kernel.fileSystem(entry.path)
    }
    return use.flatMap { $0.blocks > 0 ? .known($0) : nil } ?? .none
  }

  /// The error when no mount answers.
  static var noAnswer: PluginError {
    PluginError(
      source: "statvfs", expected: "an answer within \(limit) s", found: "none", isTimeout: true)
  }

  /// The read of a mount that may hang: one object for all services and for as long as it is mounted, so that a
  /// mount that does not answer is not asked twice.
  static func read(of mount: Mount, on host: Host) -> SlowRead<FileSystemUse?> {
    let all = host.kept { MountReads() }
    let path = mount.point.map(CChar.init(bitPattern:)) + [0]
    let key = "\(mount.id) " + String(decoding: mount.point, as: UTF8.self)
    if let known = all.byMount[key] { return known }
    let ask = host.kernel.fileSystem
    let read = SlowRead<FileSystemUse?>(
      String(decoding: mount.point, as: UTF8.self), limit: .seconds(limit), goodFor: age
    ) { path.withUnsafeBufferPointer { ask($0.baseAddress!) } }
    // Reads of old mounts must not fill the memory.
    if all.byMount.count >= 1000 { all.byMount = [:] }
    all.byMount[key] = read
    return read
  }

  private final class MountReads {
    var byMount: [String: SlowRead<FileSystemUse?>] = [:]
  }

  private func isUpToDate(_ text: Span<UInt8>, _ settings: [String: String]) -> Bool {
    guard text.count > 0, text.count == self.text.count, settings == self.settings else {
      return false
    }
    return text.withUnsafeBytes { new in
      self.text.withUnsafeBytes { memcmp(new.baseAddress!, $0.baseAddress!, new.count) == 0 }
    }
  }

  private func refresh(
    from text: Span<UInt8>, on host: Host, excluding standard: String
  ) throws(PluginError) {
    settings = nil
    let choice = try MountChoice(host.settings)
    let chosen = host.settings["exclude"].flatMap { $0.isEmpty ? nil : $0 }
    var excluded = Set((chosen ?? standard).split(whereSeparator: \.isWhitespace).map(String.init))
    if chosen == nil { excluded.formUnion(FileSystems.pseudo) }
    var entries: [Entry] = []
    var places: [String: Int] = [:]
    for shown in MountList(text).shown(without: excluded) {
      let mount = shown.mount
      let name = FileSystems.name(of: mount, on: host)
      let point = String(decoding: mount.point, as: UTF8.self)
      if name.contains(text: "//") || point.contains(text: "//") || !choice.wants(name, point) {
        continue
      }
      let entry = Entry(
        field: FieldCleaning.perl.clean(FileSystems.named(name) ? name : point), label: point,
        path: mount.point.map(CChar.init(bitPattern:)) + [0],
        read: shown.mayHang ? FileSystems.read(of: mount, on: host) : nil)
      // Two with one name, such as the many 'overlay' of containers: as in a master, the last one counts.
      if let place = places[entry.field] {
        entries[place] = entry
      } else {
        places[entry.field] = entries.count
        entries.append(entry)
      }
    }
    self.entries = entries
    self.text = text.withUnsafeBufferPointer { Array($0) }
    settings = host.settings
  }

  /// The device by the name that df prints: one that is called by a UUID, by where that leads.
  private static func name(of mount: Mount, on host: Host) -> String {
    let name = String(decoding: mount.source, as: UTF8.self)
    guard name.hasPrefix("/dev/"), name.utf8.count > 36 + 5 else { return name }
    let isUUID = name.utf8.suffix(36).allSatisfy {
      $0.isDigit || $0 == 0x2D || (0x61...0x66).contains($0 | 0x20)
    }
    return isUUID ? host.destination(of: name) ?? name : name
  }

  /// Whether the device's name tells file systems apart; all tmpfs have one name.
  private static func named(_ device: String) -> Bool {
    !["tmpfs", "none", "udev", "simfs"].contains(device)
  }
}
