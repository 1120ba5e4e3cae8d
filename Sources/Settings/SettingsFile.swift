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
    self.message = message
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
