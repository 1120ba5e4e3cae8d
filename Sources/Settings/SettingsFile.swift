/// The bytes of a settings file, read by the caller: this module does no input.
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

/// What `check` says of one line of a settings file: an error that keeps the program from starting, or a warning.
public struct SettingFinding: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  /// Counted from 1; 0 when the whole file is meant.
  public let line: Int
  /// Lower case, without a full stop: `update_rate: expected seconds, found 'often'`.
  public let message: String
  /// Of a line that is wrong and that munin passes over: the message without what becomes of the line.
  public private(set) var wrong: String?

  public init(file: String, line: Int, message: String) {
    self.file = file
    self.line = line
    self.message = Self.harmless(message)
  }

  /// Messages quote the file and are shown on terminals: one line of bounded length, without control
  /// characters.
  private static func harmless(_ message: String) -> String {
    let most = 500
    let text = message.unicodeScalars.count > most ? message.prefix(scalars: most) + "…" : message
    guard text.utf8.contains(where: { !(0x20..<0x7F).contains($0) }) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isShown ? $0 : "?" }))
  }

  /// The warning about a wrong line that does not keep a program from starting.
  /// - Parameter consequence: what becomes of the line, `: the line is ignored`.
  func passedOver(_ consequence: String) -> SettingFinding {
    var finding = SettingFinding(file: file, line: line, message: message + consequence)
    finding.wrong = message
    return finding
  }

  public var description: String {
    line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)"
  }
}

/// A regular expression as its file has it. The caller compiles it, and reports an error in it at this
/// line.
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
  public func finding(_ message: String) -> SettingFinding {
    SettingFinding(file: file, line: line, message: message)
  }
}

extension Unicode.Scalar {
  /// Whether the scalar is printed, and has no other effect on a terminal.
  fileprivate var isShown: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
