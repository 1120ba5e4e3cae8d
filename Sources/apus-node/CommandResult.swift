/// What a command of the program says, and how the program ends.
struct CommandResult: Sendable {
  /// For stdout.
  var output = ""
  /// For stderr.
  var errors = ""
  /// The exit status.
  var status: Int32 = 0

  init(_ output: String = "", errors: String = "", status: Int32 = 0) {
    self.output = output
    self.errors = errors
    self.status = status
  }

  mutating func say(_ line: String) { output += line + "\n" }
  mutating func complain(_ line: String) { errors += line + "\n" }
}
