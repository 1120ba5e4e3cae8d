/// A program's command line: what it may be called with, and the text of `--help`.
public struct Usage: Sendable {
  /// One option, `--config FILE`.
  public struct Option: Sendable {
    var name: String
    var argument: String?
    var meaning: String
    /// The commands that take it; empty for all.
    var commands: [String]
    /// A switch that `--noNAME` turns off: its value is then `no`.
    var isNegatable: Bool

    /// - Parameters:
    ///   - argument: what follows the option, in capitals; `nil` for a switch.
    ///   - commands: those that take it; none for all.
    ///   - negatable: whether there is `--noNAME` too.
    public init(
      _ name: String, _ argument: String? = nil, _ meaning: String, of commands: String...,
      negatable: Bool = false
    ) {
      self.name = name
      self.argument = argument
      self.meaning = meaning
      self.commands = commands
      isNegatable = negatable
    }

    /// As `--help` shows it.
    var text: String {
      ["--\(isNegatable ? "[no]" : "")\(name)", argument].compactMap(\.self).joined(separator: " ")
    }

    func isTurnedOff(by word: String) -> Bool {
      isNegatable && (word == "no" + name || word == "no-" + name)
    }
  }

  /// What the words of a call mean.
  public enum Call: Equatable, Sendable {
    case help, version
    /// A command (empty where the program has none or none was given), the options with their values, and the other words.
    case run(command: String, options: [String: String], words: [String])
  }

  var program: String
  var summary: String
  var commands: [(name: String, meaning: String)]
  var options: [Option]
  var notes: String
  /// Whether the program does something without a command too.
  var takesNoCommand: Bool

  public init(
    program: String, summary: String, commands: [(name: String, meaning: String)] = [],
    options: [Option], notes: String, takesNoCommand: Bool = false
  ) {
    self.program = program
    self.summary = summary
    self.commands = commands
    self.options =
      options + [
        Option("help", nil, "print this text and exit"),
        Option("version", nil, "print the version and exit"),
      ]
    self.notes = notes
    self.takesNoCommand = takesNoCommand
  }

  /// Reads the words after the program's name.
  public func parse(_ words: [String]) throws(UsageError) -> Call {
    var command = ""
    var values: [String: String] = [:]
    var others: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word != "-" else {
        if command.isEmpty, others.isEmpty, !commands.isEmpty {
          guard commands.contains(where: { $0.name == word }) else {
            throw error("unknown command '\(word)'")
          }
          command = word
        } else {
          others.append(word)
        }
        continue
      }
      if word == "-h" { return .help }
      let parts = word.drop { $0 == "-" }.split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? ""
      if let option = options.first(where: { $0.isTurnedOff(by: name) }), parts.count == 1 {
        values[option.name] = "no"
        continue
      }
      guard let option = options.first(where: { $0.name == name }) else {
        throw error("unknown option '\(word)'")
      }
      if name == "help" { return .help }
      if name == "version" { return .version }
      guard let argument = option.argument else {
        guard parts.count == 1 else { throw error("option --\(name) takes no value") }
        values[name] = ""
        continue
      }
      guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst(), !value.isEmpty else {
        throw error("option --\(name) needs \(argument)")
      }
      values[name] = value
    }
    for option in options where values[option.name] != nil {
      guard !option.commands.isEmpty, !option.commands.contains(command) else { continue }
      let owners = option.commands.map { "'\(program) \($0)'" }.joined(separator: " and ")
      throw error("option --\(option.name) belongs to \(owners)")
    }
    return .run(command: command, options: values, words: others)
  }

  /// The commands, for a sentence: `run, poll or check`.
  public var commandNames: String {
    let names = commands.map(\.name)
    return names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1]
  }

  /// A complaint about the call itself.
  public func error(_ message: String) -> UsageError {
    UsageError(description: "\(message); '\(program) --help' shows what it takes")
  }

  /// The text of `--help`.
  public var text: String {
    let command = commands.isEmpty ? "" : takesNoCommand ? " [COMMAND]" : " COMMAND"
    var lines = ["\(program): \(summary)", "", "Usage: \(program)\(command) [OPTIONS]", ""]
    lines += Usage.table("Commands:", commands.map { ($0.name, $0.meaning) })
    for command in [nil] + commands.map(\.name) {
      lines += Usage.table(
        command.map { "Options of \($0):" } ?? "Options:",
        options.filter { command.map($0.commands.contains) ?? $0.commands.isEmpty }
          .map { ($0.text, $0.meaning) })
    }
    return (lines + [notes]).joined(separator: "\n") + "\n"
  }

  private static func table(_ title: String, _ rows: [(String, String)]) -> [String] {
    guard let width = rows.map(\.0.count).max() else { return [] }
    return [title]
      + rows.map { "  " + $0 + String(repeating: " ", count: width - $0.count + 2) + $1 } + [""]
  }
}

/// The program was called in a way it does not understand.
public struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
}
