import Foundation

/// A folder that goes away with its owner.
final class Scratch: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/collector-tests-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult func write(_ text: String, to name: String) -> String {
    let file = "\(path)/\(name)"
    _ = FileManager.default.createFile(atPath: file, contents: Data(text.utf8))
    return file
  }

  func makeFolder(_ name: String) {
    try? FileManager.default.createDirectory(
      atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  func remove(_ name: String) { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }

  func read(_ name: String) -> String {
    String(
      decoding: FileManager.default.contents(atPath: "\(path)/\(name)") ?? Data(), as: UTF8.self)
  }

  /// The files below a folder, as relative paths in order.
  func files(below name: String, ending: String) -> [String] {
    let found = FileManager.default.enumerator(atPath: "\(path)/\(name)")
    return (found?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(ending) }.sorted()
  }
}
