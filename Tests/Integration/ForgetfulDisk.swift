import Foundation

/// A folder on a disk that has for certain only what was synced (peers/shims/forgetful-disk.c).
struct ForgetfulDisk {
  /// For the programs that write to it.
  let environment: [String: String]
  private let folder: URL
  private let disk: URL

  init(of folder: String, in scratch: Scratch) async throws {
    let library = try await run(Project.peer("shim"), ["forgetful-disk"], in: scratch)
    guard library.ending == .exit(0) else { throw Trouble(library.errors) }
    self.folder = URL(filePath: folder)
    disk = URL(filePath: try scratch.place("disk/x")).deletingLastPathComponent()
    environment = [
      "LD_PRELOAD": library.output.trimmingCharacters(in: .whitespacesAndNewlines),
      "FORGETFUL_FOLDER": folder, "FORGETFUL_DISK": disk.path,
    ]
  }

  /// Makes the folder what a loss of power leaves of it. Call it when nobody writes any more.
  func cut() throws {
    let manager = FileManager.default
    let files = Set(names(below: folder) + names(below: disk).filter { !$0.contains(".copy-") })
    for name in files.sorted() {
      let path = folder.appending(path: name)
      // Memory shared by the users of SQLite's log is none of the disk's.
      guard !name.hasSuffix("-shm") else {
        try? manager.removeItem(at: path)
        continue
      }
      let now = manager.contents(atPath: path.path)
      let synced = manager.contents(atPath: disk.appending(path: name).path)
      let left = mixture(now, synced, name)
      try? manager.removeItem(at: path)
      guard let left else { continue }
      try manager.createDirectory(
        at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try left.write(to: path)
    }
    try settle()
  }

  /// The disk has what is there now: when the power is back, and after a program without ``environment`` was there.
  func settle() throws {
    try? FileManager.default.removeItem(at: disk)
    try FileManager.default.copyItem(at: folder, to: disk)
  }

  /// Each page as it is now or as it was synced; a file that was never synced may be there in parts, or not at all.
  private func mixture(_ now: Data?, _ synced: Data?, _ name: String) -> Data? {
    guard let now else { return Bool.random() ? synced : nil }
    guard synced != nil || Bool.random() else { return nil }
    let synced = synced ?? Data()
    // SQLite syncs the first page of a log before it writes more of it; until then it is another file than the one before.
    if name.hasSuffix("-wal"), now.prefix(32) != synced.prefix(32) {
      return Bool.random() ? now : synced
    }
    let page = 4096
    var left = Data(count: Bool.random() ? now.count : synced.count)
    for start in stride(from: 0, to: left.count, by: page) {
      let sources = Bool.random() ? [now, synced] : [synced, now]
      // What neither has is a hole.
      guard let source = sources.first(where: { $0.count > start }) else { continue }
      let end = min(start + page, source.count, left.count)
      left.replaceSubrange(start..<end, with: source[start..<end])
    }
    return left
  }

  private func names(below folder: URL) -> [String] {
    let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (found ?? []).filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(
        atPath: folder.appending(path: $0).path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }
}
