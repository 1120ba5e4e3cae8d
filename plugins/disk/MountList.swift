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

  /// - Parameter excluded: the types that are not wanted.
  func shown(without excluded: Set<String>) -> [Mount] {
    var order: [Int] = []
    var byDevice: [[UInt8]: Int] = [:]
    for index in all.indices {
      let mount = all[index]
      if mount.isDummy || mount.looksRemote || mount.mayHang { continue }
      if excluded.contains(mount.type) { continue }
      if isOutOfReach(index) { continue }
      guard let place = byDevice[mount.device] else {
        byDevice[mount.device] = order.count
        order.append(index)
        continue
      }
      if isBetter(mount, than: all[order[place]]) { order[place] = index }
    }
    return order.map { all[$0] }
  }

  /// Whether the way to the mount leads through one that may hang; or whether something was mounted later over
  /// it, or over a folder on the way: a look at its point would find the other one's numbers.
  private func isOutOfReach(_ index: Int) -> Bool {
    var ancestors: Set<Int> = [index]
    var ancestor = index
    while let parent = indices[all[ancestor].parent], ancestors.insert(parent).inserted {
      if all[parent].mayHang { return true }
      ancestor = parent
    }
    func isCovered(_ point: some Sequence<UInt8>) -> Bool {
      points[Array(point)]?.contains { !ancestors.contains($0) } ?? false
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
