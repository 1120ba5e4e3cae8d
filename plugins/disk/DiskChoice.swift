internal import MuninWire
internal import PluginKit

/// `include_only` and `exclude`: parts of the names of disks, separated by commas.
struct DiskChoice {
  private let parts: [String]
  private let isInclusion: Bool

  init(_ settings: [String: String]) throws(PluginError) {
    let included = DiskChoice.list(settings["include_only"])
    let excluded = DiskChoice.list(settings["exclude"])
    guard included.isEmpty || excluded.isEmpty else {
      throw PluginError(
        source: "env.include_only, env.exclude", expected: "one of them", found: "both")
    }
    isInclusion = !included.isEmpty
    parts = isInclusion ? included : excluded
  }

  func wants(_ disk: Disk) -> Bool {
    if parts.isEmpty { return true }
    let name = String(copying: disk.name.span)
    let isNamed = parts.contains { part in
      DiskChoice.contains(name, part) || DiskChoice.contains(disk.label, part)
    }
    return isNamed == isInclusion
  }

  private static func list(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").compactMap { word in
      let words = word.split(whereSeparator: \.isWhitespace)
      guard let name = words.first else { return nil }
      return String(name.hasPrefix("/dev/") ? name.dropFirst(5) : name)
    }
  }

  private static func contains(_ name: String, _ part: String) -> Bool {
    let name = Array(name.utf8)
    let part = Array(part.utf8)
    guard !part.isEmpty, part.count <= name.count else { return part.isEmpty }
    return (0...(name.count - part.count)).contains { name[$0..<($0 + part.count)] == part[...] }
  }
}
