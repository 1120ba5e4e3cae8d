/// A settings file as somebody else read it: this module looks at no disk.
public struct SettingsFile: Sendable {
  /// The name that messages show, usually the path.
  public var name: String
  public var bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// A file made of text.
  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }
}

/// What is wrong with one line of a settings file.
public struct SettingProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  /// Counted from 1; 0 when the whole file is meant.
  public let line: Int
  /// Lower case, without a full stop: `update_rate: expected seconds, found 'often'`.
  public let message: String

  public init(file: String, line: Int, message: String) {
    self.file = file
    self.line = line
    self.message = Self.harmless(message)
  }

  /// A file's own words are part of many messages, and those end on terminals: one line, nothing in it that a
  /// terminal obeys, and no longer than anybody reads.
  private static func harmless(_ message: String) -> String {
    let most = 500
    let text = message.unicodeScalars.count > most ? message.prefix(scalars: most) + "…" : message
    guard text.utf8.contains(where: { !(0x20..<0x7F).contains($0) }) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isShown ? $0 : "?" }))
  }

  public var description: String {
    line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)"
  }
}

/// A regular expression in the words of its file. It is compiled elsewhere, and a mistake in it is
/// told at this place.
public struct PatternSetting: Sendable, Hashable {
  public let text: String
  public let file: String
  public let line: Int

  public init(text: String, file: String = "", line: Int = 0) {
    self.text = text
    self.file = file
    self.line = line
  }

  /// The problem to report when `text` does not compile.
  public func problem(_ message: String) -> SettingProblem {
    SettingProblem(file: file, line: line, message: message)
  }
}

extension Unicode.Scalar {
  /// Whether the scalar takes a place on a line, and does nothing else.
  fileprivate var isShown: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
