internal import MuninWire

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
struct Mount {
  var id: UInt64
  var parent: UInt64
  /// `8:1`, as it stands there.
  var device: [UInt8]
  /// The folder of the file system that is mounted, `/` but for bind mounts and subvolumes.
  var root: [UInt8]
  /// Where it is mounted.
  var point: [UInt8]
  var type: String
  /// What is mounted, `/dev/sda1`.
  var source: [UInt8]
  /// The options of the file system itself, as they stand there: `rw,size=10240k`, `rw,memory`.
  var options: [UInt8]

  /// - Returns: `nil` for a line that does not parse.
  init?(_ line: Span<UInt8>) {
    var words = WordReader()
    guard let id = words.unsigned(in: line), let parent = words.unsigned(in: line),
      let device = words.next(in: line), let root = words.next(in: line),
      let point = words.next(in: line), words.next(in: line) != nil
    else { return nil }
    // Optional fields, any number of them, end with a lone '-'.
    while true {
      guard let word = words.next(in: line) else { return nil }
      if line.extracting(word).isEqual(to: "-") { break }
    }
    guard let type = words.next(in: line), let source = words.next(in: line) else { return nil }
    self.id = id
    self.parent = parent
    self.device = Mount.plain(line.extracting(device))
    self.root = Mount.plain(line.extracting(root))
    self.point = Mount.plain(line.extracting(point))
    self.type = String(copying: line.extracting(type))
    self.source = Mount.plain(line.extracting(source))
    let options = words.next(in: line)
    self.options = options.map { Mount.plain(line.extracting($0)) } ?? []
    guard self.point.first == 0x2F, !self.point.contains(0) else { return nil }
  }

  /// The text without its escapes: blanks and the like are written `\040`.
  static func plain(_ text: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == 0x5C, index + 3 < text.count, let byte = octal(text, index + 1) {
        bytes.append(byte)
        index += 4
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
    return bytes
  }

  private static func octal(_ text: Span<UInt8>, _ start: Int) -> UInt8? {
    var value = 0
    for index in start..<(start + 3) {
      guard (0x30...0x37).contains(text[index]) else { return nil }
      value = 8 * value + Int(text[index] & 7)
    }
    return UInt8(exactly: value)
  }
}

extension Mount {
  /// Whether the file system has an option, `ro`.
  func has(_ option: String) -> Bool {
    options.split(separator: 0x2C).contains { $0.elementsEqual(option.utf8) }
  }

  /// Types without files of users; df never shows them.
  private static let dummies: Set<String> = [
    "autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs",
    "devpts", "fusectl", "mqueue", "nfsd", "nsfs", "pipefs", "proc", "pstore", "rpc_pipefs",
    "securityfs", "selinuxfs", "smackfs", "sockfs", "subfs", "sysfs", "tracefs",
  ]

  /// Types whose files are on another machine.
  private static let network: Set<String> = [
    "acfs", "afs", "auristorfs", "beegfs", "ceph", "cifs", "coda", "fhgfs", "gfs", "gfs2", "gpfs",
    "ibrix", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs", "vxfs",
  ]

  var isDummy: Bool { Mount.dummies.contains(type) }

  /// Whether `df -l` counts the mount as another machine's: that is decided by the colon in `filer:/export` alone.
  var looksRemote: Bool {
    Mount.network.contains(type) || source.contains(0x3A) || source.starts(with: "//".utf8)
  }

  /// Whether a statvfs of the mount may never return: it depends on another machine or on a program (FUSE).
  /// Disks by way of a program (`fuseblk`: NTFS, exFAT) count as local, as for `df -l`.
  var mayHang: Bool {
    // The root of OpenWrt is called overlayfs:/overlay.
    type == "fuse" || type.hasPrefix("fuse.") || (looksRemote && !type.hasPrefix("overlay"))
  }
}
