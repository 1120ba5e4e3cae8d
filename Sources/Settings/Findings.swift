/// The findings of a parser, in the order of the files; the number of problems and that of warnings are bounded.
struct Findings {
  /// How many problems, and how many warnings, are listed: a binary file given by mistake must not fill the terminal.
  static let usual = 100
  /// The bound where all are asked for: it keeps the memory bounded.
  static let all = 100_000

  private let most: Int

  /// What keeps the program from starting.
  private(set) var problems: [SettingFinding] = []
  /// What is accepted and has no effect, or not the intended one.
  private(set) var warnings: [SettingFinding] = []

  init(most: Int = Findings.usual) { self.most = most }

  /// Whether the parser may stop: no further finding would be listed.
  var isFull: Bool { problems.count > most }

  mutating func add(problem: SettingFinding) {
    add(problem, to: &problems)
  }

  mutating func add(warning: SettingFinding) {
    add(warning, to: &warnings)
  }

  private func add(_ one: SettingFinding, to list: inout [SettingFinding]) {
    if list.count < most {
      list.append(one)
    } else if list.count == most {
      list.append(
        SettingFinding(
          file: one.file, line: one.line,
          message: "more than \(most) such lines, the rest is not shown")
      )
    }
  }
}
