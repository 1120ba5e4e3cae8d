internal import Glibc
internal import Settings
internal import Terminal

/// munin.conf and the files that it includes, read and not yet understood.
struct SettingsFiles {
  /// munin.conf, or `nil` for no settings at all.
  let path: String?
  private(set) var files: [SettingsFile] = []
  /// Files that cannot be read.
  private(set) var problems: [String] = []
  private(set) var warnings: [String] = []

  /// Polled when there are no settings: the node on this machine.
  private static let standard = """
    [localhost.localdomain]
        address 127.0.0.1
        use_node_name yes
    """

  init(path: String?) {
    self.path = path
    guard let path else {
      files.append(SettingsFile(name: "built-in settings", text: SettingsFiles.standard))
      return
    }
    switch Terminal.read(path) {
    case .failure(let failure): problems.append("\(failure)")
    case .success(let bytes):
      files.append(SettingsFile(name: path, bytes: bytes))
      readIncluded(by: files[0])
    }
  }

  /// What all included files may hold: a folder of other data named by mistake must not fill the memory.
  private static let mostBytes = 64 << 20

  private mutating func readIncluded(by file: SettingsFile) {
    guard let (folder, line) = MasterSettings.includeDirectory(of: file) else { return }
    guard let names = Terminal.files(in: folder) else {
      warnings.append(
        "\(file.name):\(line): includedir: \(FileFailure(path: folder, code: errno))")
      return
    }
    var total = 0
    for name in names where MasterSettings.isIncluded(fileName: name) {
      switch Terminal.read("\(folder)/\(name)") {
      case .failure(let failure): problems.append("\(failure)")
      case .success(let bytes):
        total += bytes.count
        guard total <= SettingsFiles.mostBytes else {
          problems.append(
            "\(file.name):\(line): includedir: expected at most \(SettingsFiles.mostBytes) bytes in all files of \(folder), found more"
          )
          return
        }
        files.append(SettingsFile(name: "\(folder)/\(name)", bytes: bytes))
      }
    }
  }

  /// Stands for what was read: the same as long as all files have the same bytes, and those that cannot be read stay so.
  var content: Int {
    var hasher = Hasher()
    for file in files {
      hasher.combine(file.name)
      hasher.combine(file.bytes)
    }
    hasher.combine(problems)
    hasher.combine(warnings)
    return hasher.finalize()
  }
}
