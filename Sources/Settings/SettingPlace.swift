/// The line of a settings file at which a directive stands.
public struct SettingPlace: Sendable, Hashable {
  public let file: String
  /// Counted from 1; 0 when the whole file is meant.
  public let line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// A finding about this line.
  public func finding(_ message: String) -> SettingFinding {
    SettingFinding(file: file, line: line, message: message)
  }
}
