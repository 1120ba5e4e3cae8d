import TestSupport
import Testing

@testable import Node

struct PluginOutputTests {
  @Test(arguments: [
    ("", ""), ("\n\r\n\r", ""), ("a", "a\n"), ("a\n", "a\n"), ("a\rb", "a\nb\n"),
    ("a\r\n\r\nb\n", "a\nb\n"), (".", ""), (".\n.\na\n.\r\n", "a\n"), ("..", "..\n"),
    (" .", " .\n"), (". ", ". \n"), ("a.", "a.\n"), ("\0\n", "\0\n"),
  ])
  func linesAreCleaned(printed: String, sent: String) {
    #expect(cleanedLines(of: Array(printed.utf8)) == Array(sent.utf8))
  }

  /// Whatever a plugin prints, the reply holds no line that ends it early.
  @Test func noReplyEndsEarly() {
    var noise = Noise(5)
    for _ in 0..<500 {
      let printed = noise.text(of: [".", "\n", "\r", ".\n", "\n.\n", "a.value 1"], count: 60)
      let lines = cleanedLines(of: printed).split(separator: 10, omittingEmptySubsequences: false)
      #expect(!lines.contains([0x2E]))
      #expect(lines.last == [])
      #expect(!lines.dropLast().contains([]))
    }
  }

  @Test(
    arguments: [
      ("", true, false, false, nil),
      ("\n\n", true, false, false, nil),
      ("graph_title T\na.label A\n", false, false, false, nil),
      ("multigraph a\n", false, true, false, nil),
      ("multigraph\ta\n", false, true, false, nil),
      ("multigraphs a\n", false, false, false, nil),
      (" multigraph a\n", false, false, false, nil),
      ("multigraph", false, false, false, nil),
      ("a.value 1\n", false, false, true, nil),
      ("a_9.value U\n", false, false, true, nil),
      ("a-b.value 1\n", false, false, false, nil),
      (".value 1\n", false, false, false, nil),
      ("a.values 1\n", false, false, false, nil),
      ("a.value\n", false, false, false, nil),
      ("host_name Web\n", false, false, false, "Web"),
      ("host_name one two\nhost_name three\n", false, false, false, "one"),
      ("host_name\n", false, false, false, nil),
      ("host_name  \n", false, false, false, nil),
      ("x\nhost_name h\nmultigraph m\nf.value 2", false, true, true, "h"),
    ] as [(String, Bool, Bool, Bool, String?)])
  func configsTellTheirTraits(
    config: String, empty: Bool, multigraph: Bool, dirty: Bool, host: String?
  ) {
    let traits = ConfigTraits(Array(config.utf8).span)
    #expect(traits.isEmpty == empty)
    #expect(traits.isMultigraph == multigraph)
    #expect(traits.isDirty == dirty)
    #expect(traits.hostName == host)
  }
}
