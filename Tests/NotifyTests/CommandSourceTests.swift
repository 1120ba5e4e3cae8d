import Testing

@testable import Notify

/// What is stored with a command, to make it anew with another template.
@Suite struct CommandSourceTests {
  private static let disk = TemplateValues(
    ["group": "g", "host": "web1", "graph_title": "Disk\u{1F}s\u{1E}", "worst": "CRITICAL"],
    lists: [
      "cfields": [
        ("root", TemplateValues(["label": "/", "value": "99.00", "crange": ":98"])),
        ("home", TemplateValues(["label": "/home", "value": "98.50"])),
      ],
      "wfields": [], "fields": [("root", TemplateValues(["label": "/"]))],
    ])

  @Test(arguments: [
    ("page ${var:host} ${var:worst}", "page web1 CRITICAL"),
    ("| page '${var:group}:${var:graph_title}'", "page 'g:Disk_s_'"),
    (
      "page ${loop<,>:cfields ${var:label}=${var:value} ${var:crange}}",
      "page /=99.00 :98,/home=98.50 "
    ),
    ("page ${if:cfields c}${if:wfields w}${var:cfields}", "page croot home"),
    ("page ${var:nothing}", "page "), ("page $HOME ${HOME}", "page $HOME ${HOME}"),
  ])
  func anotherTemplateIsFilledInFromWhatWasStored(template: String, command: String) {
    let source = CommandSource("mail ops", in: Self.disk)
    #expect(source.command(of: template) == command)
  }

  @Test(arguments: ["", "\u{1E}", "a", "a\u{1F}b\u{1F}c\u{1F}d", "\u{1F}\u{1F}\u{1F}\u{1F}\u{1F}"])
  func textThatNobodyWroteGivesNoTrap(text: String) {
    #expect(TemplateValues(stored: text).stored.utf8.count < 100)
  }
}
