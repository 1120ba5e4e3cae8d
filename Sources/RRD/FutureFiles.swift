/// Files whose newest value has a time in the future: until then librrd takes no other value for them. A clock that ran ahead leaves such.
public struct FutureFiles: Sendable {
  /// A file and the time of its newest value, in seconds since 1970.
  public struct File: Sendable, Hashable {
    public let path: String
    public let lastUpdate: Int
  }

  /// In the order of their paths within each folder, at most as many as were asked for.
  public private(set) var files: [File] = []
  /// How many there are.
  public private(set) var count = 0

  /// How many are named, unless others are asked for.
  public static let most = 20

  /// Looks at the header of every RRD file below a folder: some 20 µs each. Files that cannot be read are left out.
  public init(below folder: String, now: Int, most: Int = FutureFiles.most) {
    RRDTree.walk(folder) { entry in
      guard case .file(let path) = entry, let header = RRDFile(path).quickHeader(),
        header.lastUpdate > now
      else { return }
      count += 1
      if files.count < most { files.append(File(path: path, lastUpdate: header.lastUpdate)) }
    }
  }
}
