internal import Glibc
internal import MuninWire
internal import Patterns
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
  }

  private(set) var entries: [Entry] = []
  private var text: [UInt8] = []
  private var settings: [String: String]?

  /// Types that are always full, or whose room is nobody's business: munin leaves out those in
  /// ``DiskUsage/excluded``; these came later, or it never met them.
  private static let pseudo: Set<String> = ["cramfs", "efivarfs", "erofs"]

  static func current(
    on host: Host, excluding standard: String
  ) throws(PluginError) -> FileSystems {
    let list = host.kept(for: host.service) { FileSystems() }
    try host.read("/proc/self/mountinfo") { text throws(PluginError) in
      if !list.isUpToDate(text, host.settings) {
        try list.refresh(from: text, on: host, excluding: standard)
      }
    }
    return list
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
    let choice = try Choice(host.settings)
    let chosen = host.settings["exclude"].flatMap { $0.isEmpty ? nil : $0 }
    var excluded = Set((chosen ?? standard).split(whereSeparator: \.isWhitespace).map(String.init))
    if chosen == nil { excluded.formUnion(FileSystems.pseudo) }
    var entries: [Entry] = []
    var places: [String: Int] = [:]
    for mount in MountList(text).shown(without: excluded) {
      let name = FileSystems.name(of: mount, on: host)
      let point = String(decoding: mount.point, as: UTF8.self)
      if name.contains("//") || point.contains("//") || !choice.wants(name, point) { continue }
      let entry = Entry(
        field: FieldCleaning.perl.clean(FileSystems.named(name) ? name : point), label: point,
        path: mount.point.map(CChar.init(bitPattern:)) + [0])
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

/// `include_re` and `exclude_re`: patterns of which one is enough, on the device or the mount point.
private struct Choice {
  private let included: [Pattern]
  private let excluded: [Pattern]

  init(_ settings: [String: String]) throws(PluginError) {
    included = try Choice.patterns("include_re", settings)
    excluded = try Choice.patterns("exclude_re", settings)
  }

  func wants(_ device: String, _ point: String) -> Bool {
    func fits(_ pattern: Pattern) -> Bool { pattern.matches(device) || pattern.matches(point) }
    return included.contains(where: fits) || !excluded.contains(where: fits)
  }

  private static func patterns(
    _ name: String, _ settings: [String: String]
  ) throws(PluginError) -> [Pattern] {
    var patterns: [Pattern] = []
    for word in (settings[name] ?? "").split(whereSeparator: \.isWhitespace) {
      do throws(PatternError) {
        patterns.append(try Pattern(String(word)))
      } catch {
        throw PluginError(
          source: "env.\(name)", expected: "regular expressions", found: "\(error)")
      }
    }
    return patterns
  }
}
