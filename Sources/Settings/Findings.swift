/// What a parser found wrong, in the order of the files, and never more than anybody reads.
struct Findings {
  /// A binary file given by mistake must not fill the terminal.
  static let most = 100

  /// What keeps the program from starting.
  private(set) var problems: [SettingFinding] = []
  /// What is accepted and has no effect, or not the intended one.
  private(set) var warnings: [SettingFinding] = []

  /// True when the parser may stop: nobody will see more.
  var isFull: Bool { problems.count > Self.most }

  mutating func add(problem: SettingFinding) {
    Self.add(problem, to: &problems)
  }

  mutating func add(warning: SettingFinding) {
    Self.add(warning, to: &warnings)
  }

  private static func add(_ one: SettingFinding, to list: inout [SettingFinding]) {
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
