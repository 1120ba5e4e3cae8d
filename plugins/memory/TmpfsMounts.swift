internal import MuninWire
internal import PluginKit

/// The file systems in memory (tmpfs, devtmpfs), each once, with their use. The list is kept from fetch to fetch and
/// made again when the mounts have changed.
final class TmpfsMounts {
  /// One file system, at one mount point.
  struct Entry {
    var field: String
    var label: String
    /// The mount point, with a NUL behind it.
    var path: [CChar]
    /// The read of one below a mount that may never answer.
    var read: SlowRead<FileSystemUse?>?
    var isWanted: Bool
  }

  /// One with its room; `nil` while a mount above it does not answer.
  struct Shown {
    var entry: Entry
    var use: FileSystemUse?
  }

  /// After how many seconds the mounts are read again although the kernel reports no change.
  private static let longest = 300.0
  /// A bound on the file systems that are shown.
  private static let most = 64
  /// File systems of at most so many bytes are not shown: they hide files of a container, or hold credentials or sockets.
  private static let smallest: UInt64 = 1 << 20
  /// Mount points that are not shown by default: those of containers and services, of which there are dozens that change.
  static let excluded =
    "^/run/credentials/ ^/run/(containerd|docker|netns)/ ^/var/lib/(containers|docker|kubelet)/"

  private var entries: [Entry] = []
  private var generation: UInt64?
  private var time = 0.0
  private var settings: [String: String]?

  /// Declares the reads of file systems whose statvfs may hang.
  static func slowReads(on host: Host, into list: inout SlowReads) {
    let mounts = host.kept(for: host.service) { TmpfsMounts() }
    do throws(PluginError) { try mounts.refresh(on: host) } catch {
      // The error is reported when the plugin is asked.
      return
    }
    for entry in mounts.entries {
      if let read = entry.read { list.add(read, on: host) }
    }
  }

  /// The mounted file systems.
  ///
  /// - Returns: those to show, and the sum of bytes in use on all whose use is known.
  static func look(on host: Host) throws(PluginError) -> (shown: [Shown], used: UInt64) {
    let list = host.kept(for: host.service) { TmpfsMounts() }
    // In a node the reads were declared for the mounts as they were then.
    if !host.hasWorkers || list.settings != host.settings { try list.refresh(on: host) }
    var shown: [Shown] = []
    var used: UInt64 = 0
    for entry in list.entries {
      let use: FileSystemUse?
      if let read = entry.read {
        guard let answer = host.answer(of: read) else {
          if entry.isWanted { shown.append(Shown(entry: entry)) }
          continue
        }
        use = answer
      } else {
        use = host.kernel.fileSystem(entry.path)
      }
      // statvfs is not permitted, or the file system was unmounted meanwhile.
      guard let use else { continue }
      used = used.addingReportingOverflow(use.bytesUsed).partialValue
      let isStore = use.blocks == 0 || use.bytes > smallest
      if entry.isWanted, isStore, shown.count < most {
        shown.append(Shown(entry: entry, use: use))
      }
    }
    return (shown, used)
  }

  private func refresh(on host: Host) throws(PluginError) {
    let now = host.kernel.secondsSinceBoot()
    let generation = host.mountsGeneration()
    if let generation, generation == self.generation, settings == host.settings,
      now - time < TmpfsMounts.longest
    {
      return
    }
    settings = nil
    let choice = try MountChoice(host.settings, excluding: TmpfsMounts.excluded)
    let mounts = try host.read("/proc/self/mountinfo") { text throws(PluginError) in
      // Every machine has at least a root mount.
      guard text.firstIndex(of: 0x20) != nil else {
        throw PluginError(
          source: "/proc/self/mountinfo", expected: "mounts", found: excerpt(text))
      }
      return MountList(text).shown(without: [])
    }
    entries = []
    for shown in mounts where ["tmpfs", "devtmpfs"].contains(shown.mount.type) {
      let mount = shown.mount
      let point = String(decoding: mount.point, as: UTF8.self)
      let entry = Entry(
        field: String(FieldCleaning.perl.clean(point).prefix(110)), label: point,
        path: mount.point.map(CChar.init(bitPattern:)) + [0],
        read: shown.mayHang ? FileSystems.read(of: mount, on: host) : nil,
        isWanted: !mount.has("ro")
          && choice.wants(String(decoding: mount.source, as: UTF8.self), point))
      // As in df, the last of several with the same field name counts.
      if let place = entries.firstIndex(where: { $0.field == entry.field && $0.isWanted }),
        entry.isWanted
      {
        entries[place] = entry
      } else {
        entries.append(entry)
      }
    }
    self.generation = generation
    time = now
    settings = host.settings
  }
}

extension FileSystemUse {
  /// The size in bytes; 0 where there is no limit.
  var bytes: UInt64 { FileSystemUse.bytes(blocks, of: blockSize) }

  var bytesUsed: UInt64 { FileSystemUse.bytes(blocks.droppingBelowZero(free), of: blockSize) }

  private static func bytes(_ blocks: UInt64, of size: UInt64) -> UInt64 {
    let (bytes, overflow) = blocks.multipliedReportingOverflow(by: size)
    return overflow ? .max : bytes
  }
}
