import Terminal
import Testing

struct UsageTests {
  private let plain = Usage(
    program: "p", summary: "does things",
    options: [.init("config", "FILE", "settings"), .init("quiet", nil, "says less")],
    notes: "Notes.")
  private let commanding = Usage(
    program: "p", summary: "does things", commands: [("run", "runs"), ("check", "checks")],
    options: [], notes: "Notes.")

  @Test(
    arguments: [
      ([], [:], []),
      (["--config", "a"], ["config": "a"], []),
      (["--config=a"], ["config": "a"], []),
      (["-config", "a"], ["config": "a"], []),
      (["--config=a=b"], ["config": "a=b"], []),
      (["--config", "a", "--config", "b"], ["config": "b"], []),
      (["--quiet", "x", "y"], ["quiet": ""], ["x", "y"]),
      (["-"], [:], ["-"]),
      (["--config", "--quiet"], ["config": "--quiet"], []),
    ] as [([String], [String: String], [String])])
  func optionsAreRead(words: [String], options: [String: String], others: [String]) throws {
    #expect(try plain.parse(words) == .run(command: "", options: options, words: others))
  }

  @Test(arguments: [
    (["--nope"], "unknown option '--nope'"), (["--"], "unknown option '--'"),
    (["-x"], "unknown option '-x'"), (["--config"], "option --config needs FILE"),
    (["--config="], "option --config needs FILE"),
    (["--config=", "a"], "option --config needs FILE"),
    (["--config", ""], "option --config needs FILE"),
    (["--quiet=1"], "option --quiet takes no value"),
  ])
  func wrongCallsAreExplained(words: [String], message: String) {
    let error = #expect(throws: UsageError.self) { try plain.parse(words) }
    #expect(error?.description == "\(message); 'p --help' shows what it takes")
  }

  @Test(arguments: ["--help", "-help", "-h"])
  func helpIsAlwaysThere(word: String) throws {
    #expect(try plain.parse(["x", word, "--nope"]) == .help)
    #expect(try plain.parse(["--version"]) == .version)
  }

  @Test func commandsAreKnown() throws {
    #expect(try commanding.parse(["run"]) == .run(command: "run", options: [:], words: []))
    #expect(try commanding.parse(["run", "x"]) == .run(command: "run", options: [:], words: ["x"]))
    #expect(try commanding.parse([]) == .run(command: "", options: [:], words: []))
    let error = #expect(throws: UsageError.self) { try commanding.parse(["walk"]) }
    #expect(error?.description.hasPrefix("unknown command 'walk'") == true)
  }

  @Test func theTextNamesEverything() {
    #expect(
      plain.text == """
        p: does things

        Usage: p [OPTIONS]

        Options:
          --config FILE  settings
          --quiet        says less
          --help         print this text and exit
          --version      print the version and exit

        Notes.

        """)
    #expect(commanding.text.contains("Usage: p COMMAND [OPTIONS]"))
    #expect(commanding.text.contains("  run    runs\n  check  checks\n"))
  }
}
