internal import MuninWire
internal import PluginKit

/// The control groups whose memory limits apply to the node, from its own up to the topmost visible one, as
/// `/proc/self/cgroup` and `/proc/self/mountinfo` name them (cgroups(7); the kernel's cgroup-v2.rst,
/// cgroup-v1/memory.rst).
struct ControlGroup {
  /// Whether the groups are of cgroup version 1, whose files have other names.
  let isFirstVersion: Bool
  /// The folders of the groups, the node's own first.
  let levels: [Ancestor]

  /// The node's own group, or one around it.
  struct Ancestor {
    let folder: [UInt8]
    /// As in /proc/self/cgroup: `/docker/0123`.
    let name: String
  }

  /// A bound on the nesting, deeper than real systems have.
  private static let deepest = 32

  /// - Parameters:
  ///   - own: `/proc/self/cgroup`.
  ///   - first: `/proc/1/cgroup`; `nil` where it cannot be read (hidepid).
  ///   - choice: `yes`, `no` or `auto`, which leaves out the limits of the node's own service.
  init?(own: [UInt8], first: [UInt8]?, mounts: [Mount], choice: String) {
    guard choice != "no", let place = Place(own.span),
      let mount = ControlGroup.mount(of: place, among: mounts)
    else { return nil }
    isFirstVersion = place.isFirstVersion
    let root = mount.root == [0x2F] ? [] : mount.root
    var parts: [[UInt8]] = []
    if place.path.starts(with: root) {
      parts = place.path.dropFirst(root.count).split(separator: 0x2F).map(Array.init)
    }
    if choice != "yes" {
      let path = first.flatMap { Place($0.span)?.path } ?? []
      let others = path.starts(with: root) ? path.dropFirst(root.count) : []
      parts = ControlGroup.withoutOwnService(
        parts, others.split(separator: 0x2F).map(Array.init))
    }
    let point = mount.point == [0x2F] ? [] : mount.point
    levels = (0...min(parts.count, ControlGroup.deepest)).reversed().map { depth in
      let path: [UInt8] = parts.prefix(depth).flatMap { [0x2F] + $0 }
      let name = String(decoding: root + path, as: UTF8.self)
      return Ancestor(folder: point + path, name: name.isEmpty ? "/" : name)
    }
  }

  /// The path without the node's own systemd service: `MemoryMax=` in the node's unit limits the node and not the
  /// machine. Process 1 is outside of that service, but inside the group that limits a container.
  private static func withoutOwnService(_ parts: [[UInt8]], _ others: [[UInt8]]) -> [[UInt8]] {
    let shared = zip(parts, others).prefix { $0 == $1 }.count
    let service = parts[shared...].firstIndex { $0.suffix(8).elementsEqual(".service".utf8) }
    return service.map { Array(parts[..<$0]) } ?? parts
  }

  /// The mount in which the node's group is visible; else the first mount of its hierarchy, as in a container that sees
  /// its own group as the root.
  private static func mount(of place: Place, among mounts: [Mount]) -> Mount? {
    let fitting = mounts.filter {
      place.isFirstVersion ? $0.type == "cgroup" && $0.has("memory") : $0.type == "cgroup2"
    }
    return fitting.first { place.isBelow($0.root) } ?? fitting.first
  }

  /// The group of a process: its path in the hierarchy that limits memory.
  private struct Place {
    var isFirstVersion = false
    var path: [UInt8] = []

    /// - Parameter text: lines `4:memory:/path` (version 1) and `0::/path` (version 2).
    init?(_ text: Span<UInt8>) {
      var isFound = false
      var lines = LineReader()
      while let range = lines.next(in: text) {
        let line = text.extracting(range)
        guard let first = line.firstIndex(of: 0x3A),
          let second = line.firstIndex(of: 0x3A, from: first + 1), second + 1 < line.count,
          line[second + 1] == 0x2F
        else { continue }
        let controllers = line.extracting((first + 1)..<second)
        let isMemory = Place.names(controllers, "memory")
        guard isMemory || (!isFound && controllers.count == 0) else { continue }
        path = line.extracting((second + 1)..<line.count).withUnsafeBufferPointer { Array($0) }
        isFound = true
        if isMemory {
          isFirstVersion = true
          return
        }
      }
      if !isFound { return nil }
    }

    func isBelow(_ root: [UInt8]) -> Bool {
      root == [0x2F] || path == root || path.starts(with: root + [0x2F])
    }

    private static func names(_ list: Span<UInt8>, _ controller: StaticString) -> Bool {
      var start = 0
      while start < list.count {
        let end = list.firstIndex(of: 0x2C, from: start) ?? list.count
        if list.extracting(start..<end).isEqual(to: controller) { return true }
        start = end + 1
      }
      return false
    }
  }
}
