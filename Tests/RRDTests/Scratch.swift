import Glibc
import MuninWire
import RRD

/// A directory that goes away with its owner.
final class Scratch: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/rrd-tests-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit { Self.remove(path) }

  /// A file of a given name, by munin's rule.
  func file(_ field: String, _ type: FieldType = .gauge) -> String {
    path + "/" + rrdFile(group: ["grp"], host: "host", service: "svc", field: field, type: type)
  }

  /// The names in the directory of the files, in order.
  func names() -> [String] { Self.names(path + "/grp") }

  static func names(_ directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func remove(_ path: String) {
    for name in names(path) { remove(path + "/" + name) }
    if rmdir(path) != 0 { unlink(path) }
  }

  static func write(_ bytes: [UInt8], to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    _ = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
    close(file)
  }

  static func read(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
    return Array(bytes.prefix(max(0, count)))
  }
}

extension RRDWriter {
  /// Long after all values: no file is of the future.
  func apply(_ updates: [RRDUpdate]) -> [RRDFailure] { apply(updates, now: .max) }
}

/// A time at which every period of munin's archives begins.
let noon = 1_700_006_400

/// Values of one field, one every step.
/// - Parameter former: the file of the field's `oldname`.
func updates(
  _ path: String, _ values: [String], from time: Int = noon, spec: RRDSpec = RRDSpec(),
  former: String? = nil
) -> [RRDUpdate] {
  let file = RRDTarget(path: path, spec: spec, formerPath: former)
  return values.enumerated().map { index, text in
    RRDUpdate(file, time: time + index * spec.step, text: text)
  }
}
