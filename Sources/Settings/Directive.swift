internal import MuninWire

/// One line of a settings file: a name and its value, with the place they stand at. Reading the value either
/// gives what was expected or throws a finding that says so.
struct Directive: Sendable, Hashable {
  let name: String
  let value: String
  let file: String
  let line: Int

  init(name: String, value: String, file: String, line: Int) {
    self.name = name
    self.value = value
    self.file = file
    self.line = line
  }

  /// The name runs to the first blank, the value from there to the end of the line.
  init(_ line: SettingLine, in file: SettingsFile) { self.init(line, in: file.name) }

  init(_ line: SettingLine, in file: String) {
    let bytes = line.text.utf8
    let end = bytes.firstIndex(where: \.isBlank) ?? bytes.endIndex
    name = String(decoding: bytes[..<end], as: UTF8.self)
    value = String(decoding: bytes[end...].drop(while: \.isBlank), as: UTF8.self)
    self.file = file
    self.line = line.number
  }

  /// The same value under another name: `tls` for `g;h:tls`.
  func named(_ name: String) -> Directive {
    Directive(name: name, value: value, file: file, line: line)
  }

  /// The directive as munin-update reads a continued line.
  func asReadByUpdate(_ line: SettingLine) -> Directive {
    guard let text = line.withoutIndents else { return self }
    let whole = SettingLine(number: line.number, text: text, withoutIndents: nil)
    return Directive(whole, in: file)
  }

  func finding(_ message: String) -> SettingFinding {
    SettingFinding(file: file, line: line, message: message)
  }

  func expected(_ what: String) -> SettingFinding {
    finding("\(name): expected \(what), found \(value.isEmpty ? "nothing" : value.quoted)")
  }

  var pattern: PatternSetting { PatternSetting(text: value, file: file, line: line) }
}

extension Directive {
  /// munin-update and munin-node know the first eight words, the rest of munin also the others.
  func flag() throws(SettingFinding) -> Bool {
    guard let flag = Self.flag(value) else { throw expected("yes or no") }
    return flag
  }

  static func flag(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "yes", "true", "on", "1", "enable", "enabled": true
    case "no", "false", "off", "0", "disable", "disabled": false
    default: nil
    }
  }

  func whole(
    _ what: String = "a whole number", in range: ClosedRange<Int>
  ) throws(SettingFinding) -> Int {
    guard let number = wholeNumber(value), range.contains(number) else {
      throw expected("\(what) from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A span of time, at most a week: longer waits are typing errors.
  func seconds(atLeast least: Int = 1) throws(SettingFinding) -> Int {
    guard let number = wholeNumber(value), (least...604_800).contains(number) else {
      throw expected("seconds from \(least) to 604800")
    }
    return number
  }

  func port() throws(SettingFinding) -> Int {
    try whole("a port", in: 0...65535)
  }

  /// What stands between blanks and commas.
  var listWords: [String] { value.words { $0.isBlank || $0 == UInt8(ascii: ",") } }

  /// A value without blanks.
  func word(_ what: String) throws(SettingFinding) -> String {
    guard !value.isEmpty, !value.utf8.contains(where: \.isBlank) else { throw expected(what) }
    return value
  }

  func text(_ what: String = "a value") throws(SettingFinding) -> String {
    guard !value.isEmpty else { throw expected(what) }
    return value
  }

  /// Programs that stay must not depend on the directory they were started in.
  func absolutePath() throws(SettingFinding) -> String {
    guard value.utf8.first == UInt8(ascii: "/") else { throw expected("an absolute path") }
    return value
  }

  /// A path, or `Sys::Syslog`.
  func logFile() throws(SettingFinding) -> String {
    value.lowercased() == "sys::syslog" ? "Sys::Syslog" : try absolutePath()
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(SettingFinding) -> Choice where Choice.RawValue == String {
    guard let choice = Choice(rawValue: value.lowercased()) else {
      throw expected(Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }
}

/// Digits only, and not more than fit.
func wholeNumber(_ text: String) -> Int? {
  parseUnsigned(text.utf8.span).flatMap { Int(exactly: $0) }
}

extension StringProtocol {
  /// Separated by bytes, not by characters: a combining mark after a blank hides the blank.
  func words(separatedBy isSeparator: (UInt8) -> Bool = \.isBlank) -> [String] {
    utf8.split(whereSeparator: isSeparator).map { String(decoding: $0, as: UTF8.self) }
  }

  /// For messages: in quotes, and cut where it stops helping.
  var quoted: String {
    let most = 60
    // By scalars: one character can be as long as the line.
    return unicodeScalars.count > most ? "'\(prefix(scalars: most))…'" : "'\(self)'"
  }

  /// The first so many scalars.
  func prefix(scalars count: Int) -> String {
    var kept = String.UnicodeScalarView()
    kept.append(contentsOf: unicodeScalars.prefix(count))
    return String(kept)
  }
}
