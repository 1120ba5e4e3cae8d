internal import MuninWire

/// Picks the mounts that `df -l` would show: each file system once, and none that is hidden below another.
struct MountList {
  private let all: [Mount]
  private let indices: [UInt64: Int]
  /// The mounts upon each point.
  private let points: [[UInt8]: [Int]]

  init(_ text: Span<UInt8>) {
    var all: [Mount] = []
    var lines = LineReader()
    while let range = lines.next(in: text) {
      if let mount = Mount(text.extracting(range)) { all.append(mount) }
    }
    self.all = all
    indices = Dictionary(all.enumerated().map { ($1.id, $0) }) { $1 }
    points = Dictionary(grouping: all.indices) { all[$0].point }
  }

  /// A mount that is shown.
  struct Shown {
    var mount: Mount
    /// Whether a statvfs of it may never return, because of itself or of a mount above it.
    var mayHang: Bool
  }

  /// - Parameter excluded: the types to leave out.
  func shown(without excluded: Set<String>) -> [Shown] {
    var order: [Int] = []
    var byDevice: [[UInt8]: Int] = [:]
    for listed in all.indices {
      if all[listed].isDummy || all[listed].looksRemote { continue }
      if excluded.contains(all[listed].type) { continue }
      // Where one is mounted upon another, df finds the upper one at the lower one's place in the list.
      let index = points[all[listed].point]?.last ?? listed
      if all[index].looksRemote || isOutOfReach(index) { continue }
      guard let place = byDevice[all[index].device] else {
        byDevice[all[index].device] = order.count
        order.append(index)
        continue
      }
      if isBetter(all[index], than: all[order[place]]) { order[place] = index }
    }
    return order.map { index in
      Shown(mount: all[index], mayHang: way(to: index).contains { all[$0].mayHang })
    }
  }

  /// A mount, the one that it is mounted upon, and so on.
  private func way(to index: Int) -> Set<Int> {
    var way: Set<Int> = [index]
    var last = index
    while let parent = indices[all[last].parent], way.insert(parent).inserted { last = parent }
    return way
  }

  /// Whether something was mounted later over the mount, or over a folder on the way: a look at its point would
  /// find the other one's numbers.
  private func isOutOfReach(_ index: Int) -> Bool {
    let way = way(to: index)
    func isCovered(_ point: some Sequence<UInt8>) -> Bool {
      points[Array(point)]?.contains { !way.contains($0) } ?? false
    }
    let point = all[index].point
    if isCovered([0x2F]) || isCovered(point) { return true }
    for end in point.indices.dropFirst() where point[end] == 0x2F {
      if isCovered(point[..<end]) { return true }
    }
    return false
  }

  /// Which of two mounts of one file system is shown: df prefers a device's path to a mere name, then the mount
  /// nearer to `/`, unless it shows a smaller part.
  private func isBetter(_ mount: Mount, than other: Mount) -> Bool {
    if mount.source.contains(0x2F) && !other.source.contains(0x2F) { return true }
    return mount.point.count < other.point.count && mount.root.count <= other.root.count
  }
}
