internal import CRRD
internal import Glibc
internal import MuninWire

/// The files below a folder of RRD files, as munin's `dbdir` is laid out.
public enum RRDTree {
  /// What a walk comes by.
  public enum Entry: Sendable, Hashable {
    /// A file that is named like an RRD file.
    case file(String)
    /// A file that this program has set aside.
    case setAside(String)
    /// What a program that was killed has left of a file it was making.
    case unfinished(String)
    /// A folder that stands where a field's file would be: the values of that field cannot be recorded.
    case folderInPlace(String)
    /// A folder that cannot be read, and why not.
    case closedFolder(String, reason: String)
  }

  /// Munin's groups are nested, but not deeper.
  private static let deepest = 32

  /// Shows everything below a folder, in the order of names within each folder. Links to folders are not followed.
  public static func walk(_ folder: String, _ body: (Entry) -> Void) {
    walk(folder, depth: 0, body)
  }

  /// How many RRD files there are.
  public static func count(below folder: String) -> Int {
    var count = 0
    walk(folder) { if case .file = $0 { count += 1 } }
    return count
  }

  /// What is wrong with the files below a folder: some 15 µs for each sound file.
  /// - Parameter now: the present, in seconds since 1970.
  public static func findings(below folder: String, now: Int) -> [RRDFinding] {
    var findings: [RRDFinding] = []
    walk(folder) {
      switch $0 {
      case .file(let path), .folderInPlace(let path):
        if let finding = RRDFinding(of: path, now: now) { findings.append(finding) }
      case .setAside, .unfinished, .closedFolder: break
      }
    }
    return findings
  }

  /// The RRD files below a folder, relative to it, in the order of names within each folder; none where there is no folder.
  public static func files(below folder: String) -> [String] { files(in: folder, depth: 0) }

  /// The names of the RRD files in one folder, in order.
  public static func files(in folder: String) -> [String] { files(in: folder, depth: deepest) }

  private static func files(in folder: String, depth: Int) -> [String] {
    var files: [String] = []
    walk(folder, depth: depth) {
      if case .file(let path) = $0 {
        files.append(String(Substring(path.utf8.dropFirst(folder.utf8.count + 1))))
      }
    }
    return files
  }

  /// What a file is by its name; `nil` for other files.
  private static func entry(_ name: String, at path: String) -> Entry? {
    if name.hasSuffix(".rrd") { return .file(path) }
    guard let ending = name.firstRange(of: ".rrd.")?.upperBound else { return nil }
    let rest = name[ending...]
    if asideWords.contains(where: { rest.hasPrefix($0 + "-") }) { return .setAside(path) }
    return rest.hasPrefix("new") ? .unfinished(path) : nil
  }

  /// What the name of a file that was set aside says of the reason.
  static let asideWords = ["damaged", "future", "forgotten"]

  private static func walk(_ folder: String, depth: Int, _ body: (Entry) -> Void) {
    guard let stream = opendir(folder) else {
      return body(.closedFolder(folder, reason: String(cString: strerror(errno))))
    }
    var names: [String] = []
    var folders: [String] = []
    while let entry = readdir(stream) {
      let kind = entry.pointee.d_type
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      if kind == UInt8(DT_DIR) || (kind == UInt8(DT_UNKNOWN) && isFolder("\(folder)/\(name)")) {
        folders.append(name)
      } else {
        names.append(name)
      }
    }
    closedir(stream)
    for name in names.sorted() {
      if let entry = entry(name, at: "\(folder)/\(name)") { body(entry) }
    }
    guard depth < deepest else { return }
    for name in folders.sorted() {
      let path = "\(folder)/\(name)"
      if isInPlaceOfFile(name, at: path) { body(.folderInPlace(path)) }
      walk(path, depth: depth + 1, body)
    }
  }

  /// Whether a folder is named like a field's file. A group may be called `a.rrd`: it is one when it has files.
  private static func isInPlaceOfFile(_ name: String, at path: String) -> Bool {
    guard name.hasSuffix(".rrd") else { return false }
    let isNamedAsField = FieldType.allCases.contains { name.hasSuffix("-\($0.letter).rrd") }
    return isNamedAsField || count(below: path) == 0
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
