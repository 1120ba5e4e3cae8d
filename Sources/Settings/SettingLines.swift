internal import MuninWire

/// One line of a settings file, without comment and outer blanks.
struct SettingLine {
  /// Of its first physical line, counted from 1.
  let number: Int
  let text: String
  /// For a line continued by a backslash: the text without the blanks at the beginning of the lines that
  /// were joined. munin-update reads it so; the rest of munin keeps those blanks, as `text` does.
  var withoutIndents: String?
}

/// Steps through the lines of a settings file: all three of munin's formats share these rules.
///
/// `#` begins a comment anywhere and `\#` is a literal hash. Lines that are empty after that are
/// passed over.
struct SettingLines {
  static let mostFileBytes = 4 << 20
  /// munin knows no limit. Long lists of `graph_order` are some kilobytes.
  static let mostLineBytes = 1 << 20

  private let file: SettingsFile
  private let continues: Bool
  private var position = 0
  private var number = 0

  /// - Parameter continues: whether a backslash at the end of a line joins it with the next
  ///   (only munin.conf has that).
  init(_ file: SettingsFile, continues: Bool, findings: inout Findings) {
    self.file = file
    self.continues = continues
    if file.bytes.count > Self.mostFileBytes {
      position = file.bytes.count
      findings.add(
        problem: SettingFinding(
          file: file.name, line: 0,
          message: "expected at most \(Self.mostFileBytes) bytes, found \(file.bytes.count)"))
    } else if file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      position = 3  // a byte order mark, which some editors leave
    }
  }

  /// The next line with something in it, or `nil` at the end of the file.
  mutating func next(_ findings: inout Findings) -> SettingLine? {
    while let physical = physicalLine() {
      let start = number
      guard physical.content.count <= Self.mostLineBytes else {
        findings.add(
          problem: finding(start, "expected a line of at most \(Self.mostLineBytes) bytes"))
        continue
      }
      var text = physical.content.drop(while: \.isBlank)
      var withoutIndents: ArraySlice<UInt8>?
      var endsInBlanks = physical.endsInBlanks
      while continues, text.last == .backslash, text.count <= Self.mostLineBytes {
        // munin-limits, whose values count for graphs and alerts, wants the backslash at the very end.
        guard !endsInBlanks else {
          findings.add(
            warning: finding(
              number,
              "blanks behind the '\\' at the end: the line ends here, though munin-update continues it"
            ))
          break
        }
        text.removeLast()
        withoutIndents?.removeLast()
        // Two backslashes are one, at the end of the value: so reads all of munin but munin-update.
        if text.last == .backslash { break }
        withoutIndents = withoutIndents ?? text
        // A line that is only a comment may stand inside a continued one; an empty line ends it, so
        // that a forgotten backslash does not join the next section to the line.
        var following = physicalLine()
        while let line = following, line.isComment { following = physicalLine() }
        guard let line = following, !line.content.isEmpty else {
          if following != nil {
            findings.add(
              warning: finding(
                number, "empty line behind one that ends with '\\': the value ends here"))
          }
          break
        }
        endsInBlanks = line.endsInBlanks
        text += line.content
        withoutIndents? += line.content.drop(while: \.isBlank)
      }
      guard text.count <= Self.mostLineBytes else {
        findings.add(
          problem: finding(start, "expected a line of at most \(Self.mostLineBytes) bytes"))
        continue
      }
      text = text.trimmedAtEnd
      // Values end up in environments, mails and log lines: none of those wants a control character.
      if let control = text.first(where: { ($0 < 0x20 && $0 != .tab) || $0 == 0x7F }) {
        findings.add(problem: finding(start, "expected text, found the control byte \(control)"))
        continue
      }
      guard !text.isEmpty else { continue }
      return SettingLine(
        number: start, text: decode(text, at: start, &findings),
        withoutIndents: withoutIndents.map { String(decoding: $0.trimmedAtEnd, as: UTF8.self) })
    }
    return nil
  }

  private func finding(_ line: Int, _ message: String) -> SettingFinding {
    SettingFinding(file: file.name, line: line, message: message)
  }

  /// Labels written on old systems are Latin-1: shown, not refused.
  private func decode(
    _ bytes: ArraySlice<UInt8>, at line: Int, _ findings: inout Findings
  ) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    findings.add(warning: finding(line, "line is not UTF-8: read as ISO 8859-1"))
    var text = ""
    for byte in bytes { text.unicodeScalars.append(Unicode.Scalar(byte)) }
    return text
  }

  private mutating func physicalLine() -> (
    content: ArraySlice<UInt8>, isComment: Bool, endsInBlanks: Bool
  )? {
    let bytes = file.bytes
    guard position < bytes.count else { return nil }
    number += 1
    let start = position
    let end = bytes[start...].firstIndex(of: .newline) ?? bytes.count
    position = end + 1
    let whole = bytes[start..<end]
    // Too long with its blanks and comment, too: `next` sees that and refuses the line.
    guard whole.count <= Self.mostLineBytes else {
      return (whole.prefix(Self.mostLineBytes + 1), false, false)
    }
    let text = Self.withoutComment(whole)
    let content = text.trimmedAtEnd
    return (content, content.isEmpty && whole.contains(.hash), content.endIndex != text.endIndex)
  }

  private static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard line.contains(.hash) else { return line }
    var kept: [UInt8] = []
    for byte in line {
      if byte != .hash {
        kept.append(byte)
      } else if kept.last == .backslash {
        kept[kept.count - 1] = .hash
      } else {
        break
      }
    }
    return kept[...]
  }
}

extension UInt8 {
  static let tab = UInt8(ascii: "\t")
  static let newline = UInt8(ascii: "\n")
  static let hash = UInt8(ascii: "#")
  static let backslash = UInt8(ascii: "\\")
}

extension ArraySlice<UInt8> {
  fileprivate var trimmedAtEnd: ArraySlice<UInt8> {
    lastIndex { !$0.isBlank }.map { self[...$0] } ?? []
  }
}
