internal import Glibc

/// Files whose newest value has a time in the future: until then librrd takes no other value for them. A clock that ran ahead leaves such.
public struct FutureFiles: Sendable {
  /// A file and the time of its newest value, in seconds since 1970.
  public struct File: Sendable, Hashable {
    public let path: String
    public let lastUpdate: Int
  }

  /// In no order, at most ``most``.
  public private(set) var files: [File] = []
  /// How many there are.
  public private(set) var count = 0

  /// How many are named.
  public static let most = 20
  /// munin's groups are nested, but not deeper.
  private static let deepest = 32

  private let now: Int

  /// Looks at the header of every RRD file below a folder: some 20 µs each. What cannot be read is not its concern.
  public init(below folder: String, now: Int) {
    self.now = now
    look(folder, depth: 0)
  }

  private mutating func look(_ folder: String, depth: Int) {
    guard depth < Self.deepest, let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    var folders: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".rrd") {
        guard let header = RRDFile(path).quickHeader(), header.lastUpdate > now else { continue }
        count += 1
        if files.count < Self.most { files.append(File(path: path, lastUpdate: header.lastUpdate)) }
      } else if entry.pointee.d_type == UInt8(DT_DIR) || entry.pointee.d_type == UInt8(DT_UNKNOWN) {
        folders.append(path)
      }
    }
    for folder in folders { look(folder, depth: depth + 1) }
  }
}
