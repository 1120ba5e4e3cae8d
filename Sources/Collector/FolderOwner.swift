internal import Glibc
internal import RRD

/// The user whose files are in a data folder.
public enum FolderOwner {
  /// Makes root work as the owner of a folder from now on, so that no file is left behind that the collector cannot write.
  /// Another user stays what he is. Call it before any thread is started.
  public static func become(of folder: String) throws(DataFolderError) {
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw DataFolderError("dbdir \(folder): \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw DataFolderError("dbdir \(folder): expected a folder")
    }
    guard geteuid() == 0, status.st_uid != 0 else { return }
    let name = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
    let groups = name.map { initgroups($0, status.st_gid) } ?? setgroups(0, nil)
    guard groups == 0, setgid(status.st_gid) == 0, setuid(status.st_uid) == 0 else {
      throw DataFolderError(
        "cannot become \(name ?? "user \(status.st_uid)"), the owner of \(folder): "
          + String(cString: strerror(errno)))
    }
  }

  /// Refuses a data folder with files that belong to another user and that this process cannot write: their history would stop.
  /// Files that the user himself has made read-only are no matter of ownership.
  /// - Throws: ``DataFolderError`` with the command that gives the files to this user.
  public static func check(_ folder: String) throws(DataFolderError) {
    if let finding = finding(in: folder) { throw DataFolderError(finding) }
  }

  /// What ``check(_:)`` would say; `nil` when all is well, or when there is no such folder.
  public static func finding(in folder: String) -> String? {
    guard geteuid() != 0 else { return nil }
    var search = ForeignFiles(folder)
    search.run()
    guard let first = search.first else { return nil }
    let (user, group) = (name(ofUser: geteuid()), name(ofGroup: getegid()))
    let files = search.count == 1 ? "is" : "and \(search.count - 1) more are"
    var text =
      "dbdir \(folder): \(first.path) \(files) not writable for user \(user): owner \(name(ofUser: first.owner)): "
    if let owner = search.folderOwner, owner != geteuid(), owner != 0 {
      text += "run apus-collector as \(name(ofUser: owner)), or: "
    }
    let commands = search.linked.sorted().map { "chown \(user):\(group) \(quoted($0))" }
    let places = search.places.sorted()
    guard !places.isEmpty || search.isFolderItself else {
      return text + commands.prefix(8).joined(separator: " && ")
    }
    // Some places by their names: other folders in dbdir may be other programs', on purpose.
    let targets = search.isFolderItself || places.count > 8 ? [folder] : places
    let isDeep = !(search.isFolderItself && search.count == 1)
    text +=
      "chown \(isDeep ? "-R " : "")\(user):\(group) " + targets.map(quoted).joined(separator: " ")
    // With -R chown leaves what links lead to as it is.
    return ([text] + commands.prefix(8)).joined(separator: " && ")
  }

  private static func name(ofUser user: uid_t) -> String {
    getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
  }

  private static func name(ofGroup group: gid_t) -> String {
    getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "\(group)"
  }

  /// A path as one word of a shell.
  private static func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || "/._-+".utf8.contains($0)
    }
    return isPlain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}

/// Looks for files of a collector that belong to others and cannot be written.
private struct ForeignFiles {
  let folder: String
  private(set) var first: (path: String, owner: uid_t)?
  private(set) var count = 0
  /// What stands directly in the folder and is, or holds, such a file.
  private(set) var places: Set<String> = []
  /// Such files that links in the folder lead to.
  private(set) var linked: Set<String> = []
  /// Whether the folder itself cannot be written.
  private(set) var isFolderItself = false
  private(set) var folderOwner: uid_t?
  private let user = geteuid()

  init(_ folder: String) { self.folder = folder }

  mutating func run() {
    guard let owner = ownerOfClosed(folder, mode: W_OK | X_OK) else { return }
    folderOwner = owner.owner
    if owner.isClosed { add(folder, owner.owner) }
    isFolderItself = owner.isClosed
    for name in ["apus.sqlite", "apus.sqlite-wal", "apus.sqlite-shm", "apus-collector.lock"] {
      look(at: "\(folder)/\(name)")
    }
    var seen: Set<Substring> = []
    RRDTree.walk(folder) { entry in
      guard case .file(let path) = entry else { return }
      look(at: path)
      // The folders of files: new files are made in them.
      guard let slash = path.lastIndex(of: "/") else { return }
      let parent = path[..<slash]
      guard parent.utf8.count > folder.utf8.count, seen.insert(parent).inserted else { return }
      look(at: String(parent), mode: W_OK | X_OK)
    }
  }

  private mutating func look(at path: String, mode: Int32 = W_OK) {
    guard let found = ownerOfClosed(path, mode: mode), found.isClosed else { return }
    add(path, found.owner)
  }

  private mutating func add(_ path: String, _ owner: uid_t) {
    if first == nil { first = (path, owner) }
    count += 1
    guard path != folder else { return }
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(path, nil)
    {
      linked.insert(String(cString: real))
      free(real)
      return
    }
    let rest = path.dropFirst(folder.utf8.count + 1)
    places.insert("\(folder)/\(rest.prefix { $0 != "/" })")
  }

  private func ownerOfClosed(_ path: String, mode: Int32) -> (owner: uid_t, isClosed: Bool)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return (status.st_uid, status.st_uid != user && access(path, mode) != 0)
  }
}
