/// A program's command line: what it may be called with, and the text of `--help`.
public struct Usage: Sendable {
  /// One option, `--config FILE`.
  public struct Option: Sendable {
    var name: String
    var argument: String?
    var meaning: String

    /// - Parameter argument: what follows the option, in capitals; `nil` for a switch.
    public init(_ name: String, _ argument: String? = nil, _ meaning: String) {
      self.name = name
      self.argument = argument
      self.meaning = meaning
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

  public init(
    program: String, summary: String, commands: [(name: String, meaning: String)] = [],
    options: [Option], notes: String
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
    return .run(command: command, options: values, words: others)
  }

  /// A complaint about the call itself.
  public func error(_ message: String) -> UsageError {
    UsageError(description: "\(message); '\(program) --help' shows what it takes")
  }

  /// The text of `--help`.
  public var text: String {
    let command = commands.isEmpty ? "" : " COMMAND"
    var lines = ["\(program): \(summary)", "", "Usage: \(program)\(command) [OPTIONS]", ""]
    lines += Usage.table("Commands:", commands.map { ($0.name, $0.meaning) })
    lines += Usage.table(
      "Options:",
      options.map {
        (["--\($0.name)", $0.argument].compactMap(\.self).joined(separator: " "), $0.meaning)
      })
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
