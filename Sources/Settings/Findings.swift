/// What a parser found wrong, in the order of the files, and never more than anybody reads.
struct Findings {
  /// A binary file given by mistake must not fill the terminal.
  static let most = 100

  private(set) var problems: [SettingProblem] = []
  private(set) var warnings: [SettingProblem] = []

  /// True when the parser may stop: nobody will see more.
  var isFull: Bool { problems.count > Self.most }

  mutating func add(problem: SettingProblem) {
    Self.add(problem, to: &problems)
  }

  mutating func add(warning: SettingProblem) {
    Self.add(warning, to: &warnings)
  }

  private static func add(_ one: SettingProblem, to list: inout [SettingProblem]) {
    if list.count < most {
      list.append(one)
    } else if list.count == most {
      list.append(
        SettingProblem(
          file: one.file, line: one.line,
          message: "more than \(most) such lines, the rest is not told")
      )
    }
  }
}
