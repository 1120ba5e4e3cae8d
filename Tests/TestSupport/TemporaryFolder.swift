internal import Foundation

/// A folder that goes away with its owner.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("apus-\(UUID().uuidString.prefix(8))").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and the folders above it.
  /// - Returns: its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o644) throws -> String {
    let file = "\(path)/\(name)"
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    if mode & 0o111 != 0 {
      try writeProgram(bytes, to: file, mode: mode)
      return file
    }
    try Data(bytes).write(to: URL(fileURLWithPath: file + ".new"))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file + ".new")
    _ = rename(file + ".new", file)
    return file
  }

  @discardableResult
  public func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
    try write(name, Array(text.utf8), mode: mode)
  }

  /// Writes a shell script that can be run.
  @discardableResult
  public func script(_ name: String, _ body: String) throws -> String {
    try write(name, "#!/bin/sh\n" + body + "\n", mode: 0o755)
  }

  public func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/\(name)", withDestinationPath: target)
  }

  public func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }

  public func read(_ name: String) -> String? {
    try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }
}

extension TemporaryFolder {
  /// The path of a ledger in it.
  public var ledger: String { "\(path)/state.db" }

  /// A copy as a kill -9 at this instant would leave the folder: the files as the kernel has them now.
  public func asLeftByAKill() throws -> TemporaryFolder {
    let copy = try TemporaryFolder()
    // SQLite's shared memory does not outlive its processes.
    for file in try FileManager.default.contentsOfDirectory(atPath: path)
    where !file.hasSuffix("-shm") {
      try FileManager.default.copyItem(atPath: "\(path)/\(file)", toPath: "\(copy.path)/\(file)")
    }
    return copy
  }
}

/// The names in a folder, in order.
public func files(in folder: String) -> [String] {
  ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
}
