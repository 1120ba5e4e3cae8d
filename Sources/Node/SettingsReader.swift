internal import Glibc
internal import Patterns
internal import Settings
internal import Terminal

/// Reads the files of settings, and sorts those that cannot be read into failures and files left out.
struct SettingsReader {
  /// Whether what cannot be read at a default place is left out.
  let forgivesDefaults: Bool
  /// Files that cannot be read and are needed.
  private(set) var failures: [String] = []
  /// Files at default places that cannot be read and were left out.
  private(set) var unread: [FileFailure] = []
  /// Files that `paranoia` refuses, and why.
  private(set) var warnings: [String] = []

  init(forgivesDefaults: Bool) { self.forgivesDefaults = forgivesDefaults }

  /// munin-node.conf and the files of its `include_dir`.
  mutating func nodeFiles(_ place: NodeProgram.Place) -> [SettingsFile] {
    var files: [SettingsFile] = []
    read(place.path, of: place, into: &files)
    guard let main = files.first, let (folder, line) = NodeSettings.includeDirectory(of: main)
    else { return files }
    // A file that cannot be read is an error: it may hold a deny rule.
    guard let names = Terminal.names(in: folder) else {
      fail(FileFailure(path: folder, code: errno), at: place, named: line)
      return files
    }
    for name in names where NodeSettings.isIncluded(fileName: name) {
      switch Terminal.readRegular("\(folder)/\(name)") {
      case .failure(let failure): fail(failure, at: place, named: line)
      case .success(let bytes):
        files.append(SettingsFile(name: "\(folder)/\(name)", bytes: bytes))
      }
    }
    return files
  }

  /// The files of plugin-conf.d, and the one that an option names.
  mutating func pluginFiles(
    _ places: NodeProgram.Places, paranoia: Bool, ignoring ignored: [Pattern]
  ) -> [SettingsFile] {
    var files: [SettingsFile] = []
    if let place = places.pluginSettings {
      if let names = Terminal.files(in: place.path) {
        for name in names
        where PluginSettings.isFileName(name) && !ignored.contains(where: { $0.matches(name) }) {
          let path = "\(place.path)/\(name)"
          if paranoia, let danger = Permissions.danger(of: path) {
            warnings.append("\(path): not read (paranoia): \(danger)")
            continue
          }
          read(path, of: place, into: &files)
        }
      } else {
        fail(FileFailure(path: place.path, code: errno), at: place)
      }
    }
    if let path = places.pluginSettingsFile {
      read(path, of: .init(path, isDefault: false), into: &files)
    }
    return files
  }

  private mutating func read(
    _ path: String, of place: NodeProgram.Place, into files: inout [SettingsFile]
  ) {
    switch Terminal.read(path) {
    case .failure(let failure): fail(failure, at: place)
    case .success(let bytes): files.append(SettingsFile(name: path, bytes: bytes))
    }
  }

  /// - Parameter line: the line `include_dir` that leads there.
  private mutating func fail(
    _ failure: FileFailure, at place: NodeProgram.Place, named line: SettingPlace? = nil
  ) {
    if forgivesDefaults, place.isDefault {
      unread.append(failure)
    } else {
      failures.append(line?.finding("include_dir: \(failure)").description ?? "\(failure)")
    }
  }
}
