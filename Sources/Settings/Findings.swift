/// What a parser found wrong, in the order of the files, and never more than anybody reads.
struct Findings {
  /// How many problems, and how many warnings, are listed: a binary file given by mistake must not fill the terminal.
  static let usual = 100
  /// For one who wants to see all: as many as memory has room for.
  static let all = 100_000

  private let most: Int

  /// What keeps the program from starting.
  private(set) var problems: [SettingFinding] = []
  /// What is accepted and has no effect, or not the intended one.
  private(set) var warnings: [SettingFinding] = []

  init(most: Int = Findings.usual) { self.most = most }

  /// True when the parser may stop: nobody will see more.
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
