import Foundation
import TestSupport

/// A folder that goes away with its owner.
final class Scratch {
  let path: String

  init() throws {
    var template = Array(
      "\(FileManager.default.temporaryDirectory.path)/apus-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Trouble("no temporary folder: \(errno)") }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file or folder inside, whose folders are made.
  func place(_ name: String) throws -> String {
    let file = URL(filePath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    return file.path
  }

  /// Options of `apus-node` that leave out whatever this machine has in /etc/munin.
  var noSettings: [String] {
    get throws {
      let folder = String(try place("no-settings/x").dropLast(2))
      return [
        "--config", "/dev/null", "--servicedir", folder, "--sconfdir", folder, "--libdir", folder,
      ]
    }
  }

  /// Replaces a file in one step, so that no reader sees half of it.
  @discardableResult func write(_ text: String, to name: String) throws -> String {
    let file = try place(name)
    try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
    return file
  }

  /// Writes a program that can be run at once.
  func program(_ text: String, to name: String) throws -> String {
    let file = try place(name)
    try writeProgram(Array(text.utf8), to: file)
    return file
  }

  /// The text of a file; empty where there is none.
  func read(_ name: String) -> String {
    let bytes = FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data()
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The files below a folder, as relative paths in order.
  func files(below name: String, ending: String = "") -> [String] {
    let found = FileManager.default.enumerator(atPath: "\(path)/\(name)")
    return (found?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(ending) }.sorted()
  }
}
