internal import Patterns
internal import Settings
internal import Terminal

/// The lines that a contact does not want in its digest: `ignore` and `ignore_file`.
struct IgnoredLines {
  private var patterns: [Pattern] = []
  /// Why the file cannot be read, or a pattern cannot be used: its lines stay in the digest.
  private(set) var problems: [String] = []

  /// Reads the file anew, so that its changes count without a reload.
  init(_ contact: Contact) {
    var settings = contact.ignore
    if let file = contact.ignoreFile {
      switch Terminal.readRegular(file.text) {
      case .success(let bytes): settings += Self.patterns(in: bytes, of: file.text)
      case .failure(let failure): problems.append("\(failure)")
      }
    }
    for setting in settings {
      do throws(PatternError) { patterns.append(try Pattern(setting.text)) } catch {
        problems.append("\(setting.finding("\(error)"))")
      }
    }
  }

  var isEmpty: Bool { patterns.isEmpty }

  /// Whether some pattern is found in a line. One that gives up is not found: the line is told.
  func contains(_ line: String) -> Bool { patterns.contains { $0.matches(line) } }

  /// The patterns of a file, one a line; lines that are empty or begin with `#` are none.
  static func patterns(in bytes: [UInt8], of path: String) -> [PatternSetting] {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
      return PatternSetting(
        text: String(decoding: line, as: UTF8.self), file: path, line: index + 1)
    }
  }
}
