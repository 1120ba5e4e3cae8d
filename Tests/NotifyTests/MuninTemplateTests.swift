import Notify
import TestSupport
import Testing

private let service = TemplateValues(
  [
    "group": "grp-sub", "host": "host2", "graph_title": "Gauge", "plugin": "gauge",
    "worst": "CRITICAL", "worstid": "2", "zero": "0", "empty": "", "label": "of the service",
  ],
  lists: [
    "cfields": [
      ("sci", TemplateValues(["label": "sci", "value": "1.00", "crange": "0:0"]))
    ],
    "wfields": [("w", TemplateValues(["label": "w", "value": "7.00", "wrange": ":5"]))],
    "ufields": [],
    "fofields": [
      ("eq", TemplateValues(["label": "eq", "value": "5.00"])),
      ("u", TemplateValues(["label": "u", "value": "1.00"])),
    ],
    "bare": [("a", TemplateValues()), ("b", TemplateValues(["label": "b"]))],
  ])

@Suite struct MuninTemplateTests {
  @Test(arguments: [
    ("plain { text } $ $x }", "plain { text } $ $x }"),
    (#"a\nb\tc\\n\x"#, "a\nb\tc\\\n\\x"),
    ("${var:host}", "host2"),
    ("[${var:nothing}]", "[]"),
    ("${var:cfields} ${var:fofields} [${var:ufields}]", "sci eq u []"),
    ("${if:host yes}${if:zero no}${if:empty no}${if:nothing no}", "yes"),
    ("${if:!host no}${if:!zero a}${if:!empty b}${if:!nothing c}", "abc"),
    ("${if:cfields C}${if:ufields U}", "C"),
    ("${if:host  two blanks}", " two blanks"),
    ("${if: host x}${loop<+>: bare x}", "xx+x"),
    ("${loop:fofields ${var:label}}", "equ"),
    ("${loop<, >:fofields ${var:label}=${var:value}}", "eq=5.00, u=1.00"),
    (#"${loop<\n>:fofields x}"#, "x\nx"),
    ("${loop<,>:ufields x}${loop<,>:nothing x}", ""),
    ("${loop<,>:bare ${var:label}}", "of the service,b"),
    ("${loop<;>:wfields ${loop<,>:fofields ${var:label}}${if:wrange /${var:wrange}}}", "eq,u/:5"),
    ("${loop:bare x}", "xx"),
    ("${strtrunc:3 ${var:host}}|${strtrunc:0 x}|${strtrunc:9 short}", "hos||short"),
    ("${strtrunc:5 äöü}|${strtrunc:4 äöü}", "äö|äö"),
    ("${if:host a{b}c}", "a{b}c"),
    ("${if:host ${if:cfields ${var:host}}}!", "host2!"),
  ])
  func textIsExpanded(template: String, text: String) throws {
    #expect(try MuninTemplate(template).expand(in: service) == text)
  }

  /// What is no directive is sent as munin sends it, and told.
  @Test(arguments: [
    ("${", "{", "column 1: expected a } that closes this ${"),
    ("ab ${foo:x}", "ab {foo:x}", "column 6: expected var, loop, if or strtrunc, found 'foo'"),
    (
      "${foo ${var:host}}", "{foo ${var:host}}",
      "column 3: expected var, loop, if or strtrunc, found 'foo'"
    ),
    ("${var:}", "{var:}", "column 7: expected the name of a variable"),
    ("${var host}", "{var host}", "column 6: expected ':'"),
    ("a ${var:host", "a {var:host", "column 3: expected a } that closes this ${"),
    ("${var:host ${var:worst}", "{var:host CRITICAL", "column 1: expected a } that closes this ${"),
    ("${var:a b}", "{var:a b}", "column 8: expected a } behind the name of a variable"),
    ("${var: host}", "{var: host}", "column 7: expected the name of a variable"),
    ("${VAR:host}", "{VAR:host}", "column 3: expected var, loop, if or strtrunc, found 'VAR'"),
    ("${if:host}", "{if:host}", "column 10: expected a blank and a text"),
    ("${if:host }", "{if:host }", "column 10: expected a blank and a text"),
    ("${if:host {}", "{if:host {}", "column 1: expected a } that closes this ${"),
    ("${loop<,:x y}", "{loop<,:x y}", "column 13: expected a > after the separator"),
    ("${loop<>:bare x}", "{loop<>:bare x}", "column 8: expected a separator"),
    ("${loop<a>b>:bare x}", "{loop<a>b>:bare x}", "column 10: expected ':'"),
    ("${loop<,>:cfields}", "{loop<,>:cfields}", "column 18: expected a blank and a text"),
    (
      "${strtrunc:x y}", "{strtrunc:x y}",
      "column 12: expected a number of characters up to 100000"
    ),
    (
      "${strtrunc:99999999999999999999 y}", "{strtrunc:99999999999999999999 y}",
      "column 12: expected a number of characters up to 100000"
    ),
  ])
  func whatIsNoDirectiveIsText(template: String, text: String, problem: String) throws {
    let parsed = try MuninTemplate(template)
    #expect(parsed.expand(in: service) == text)
    #expect(parsed.problems.map(\.description) == [problem])
    #expect(MuninTemplate.problems(in: template) == parsed.problems)
  }

  @Test func depthAndSizeAreBounded() throws {
    let deep = String(repeating: "${if:host ", count: 16) + "x" + String(repeating: "}", count: 16)
    #expect(try MuninTemplate(deep).expand(in: service) == "x")
    #expect(throws: TemplateError.self) { try MuninTemplate("${if:host \(deep)}") }
    #expect(throws: TemplateError.self) { try MuninTemplate(String(repeating: "x", count: 16_385)) }
  }

  @Test func loopsWithinLoopsEnd() throws {
    let many = TemplateValues(
      lists: ["l": (0..<1000).map { ("f\($0)", TemplateValues(["label": "x"])) }])
    let silent =
      String(repeating: "${loop:l ", count: 10) + "${var:none}" + String(repeating: "}", count: 10)
    #expect(try MuninTemplate(silent).expand(in: many) == "")
    let loud = "${loop:l ${loop:l ${loop:l ${var:label}${var:l}}}}"
    #expect(try MuninTemplate(loud).expand(in: many).count <= 100_000)
  }

  @Test func randomTemplatesGiveTextOrAnError() {
    var random = Noise(5)
    let pieces = [
      "${", "}", "var:", "if:", "loop<", ">:", "loop:", "strtrunc:", "3", " ", "host", "cfields",
      "\\",
      "n", "{", "!", "ä", "\u{0}", "$", "<",
    ]
    var texts = 0
    for _ in 0..<20_000 {
      let template = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        pieces.randomElement(using: &random)!
      }.joined()
      for purpose in [MuninTemplate.Purpose.message, .command] {
        if let template = try? MuninTemplate(template, for: purpose) {
          texts += 1
          _ = template.expand(in: service)
        }
      }
    }
    #expect(texts > 1000)
  }
}

@Suite struct CommandTemplateTests {
  @Test func usualCommandIsFilledIn() throws {
    let command = try MuninTemplate(
      #"mail -s "Munin ${var:worst}: ${var:group}::${var:host}::${var:plugin}" ada@example.org"#,
      for: .command)
    #expect(
      command.expand(in: service)
        == #"mail -s "Munin CRITICAL: grp-sub::host2::gauge" ada@example.org"#)
  }

  @Test func backslashesOfTheCommandStay() throws {
    #expect(
      try MuninTemplate(#"printf 'a\nb'"#, for: .command).expand(in: service) == #"printf 'a\nb'"#)
  }

  @Test(arguments: [
    #"$(reboot)"#, "`reboot`", #"";reboot;""#, "';reboot;'", "a\nreboot", "a & b | c > d < e",
    #"\"#,
    "~root", "*?[a]{b}", "#", "!!", "$HOME", "^",
  ])
  func valuesNeverMeanAnythingToAShell(value: String) throws {
    let context = TemplateValues(["host": value, "zero": value])
    for template in [
      "${var:host}", "${strtrunc:3 ${var:host}}", "${if:host ${var:host}}",
      "${loop:l ${var:host}}",
    ] {
      let text = try MuninTemplate(template, for: .command).expand(in: context)
      #expect(!text.contains { #"$`"';&|<>()\~*?[]{}#!^"#.contains($0) || $0.isNewline }, "\(text)")
    }
  }

  @Test func shellVariableWithBracesIsLeftToTheShell() throws {
    let template = try MuninTemplate("${HOME}/bin/tell ${var:host} ${x", for: .command)
    #expect(template.expand(in: service) == "${HOME}/bin/tell host2 ${x")
    #expect(
      template.problems.first?.message.contains("a shell variable is written without braces")
        == true)
  }
}

@Suite struct BuiltInTextTests {
  @Test func standardTextIsMunins() {
    #expect(
      MuninTemplate.builtIn(for: "ada").expand(in: service) == """
        grp-sub :: host2 :: Gauge
        \tCRITICALs: sci is 1.00 (outside range [0:0]).
        \tWARNINGs: w is 7.00 (outside range [:5]).
        \tOKs: eq is 5.00, u is 1.00.

        """)
  }

  @Test func extraInformationFollowsARange() {
    let context = TemplateValues(
      ["group": "g", "host": "h", "graph_title": "t"],
      lists: [
        "cfields": [
          ("a", ["label": "a", "value": "9", "crange": ":5", "extinfo": "pid 1"]),
          ("b", ["label": "b", "value": "8", "crange": ":5"]),
        ].map { ($0.0, TemplateValues($0.1)) },
        "ufields": [("c", TemplateValues(["label": "c", "value": "unknown", "extinfo": "why"]))],
      ])
    #expect(
      MuninTemplate.standard.expand(in: context) == """
        g :: h :: t
        \tCRITICALs: a is 9 (outside range [:5]): pid 1, b is 8 (outside range [:5]).
        \tUNKNOWNs: c is unknown: why.

        """)
  }

  @Test func passiveCheckIsOneLine() {
    #expect(
      MuninTemplate.builtIn(for: "nagios").expand(in: service)
        == "host2\tGauge\t2\tCRITICALs: sci is 1.00 (outside range [0:0])."
        + "WARNINGs: w is 7.00 (outside range [:5]).OKs: eq is 5.00, u is 1.00.")
    #expect(
      MuninTemplate.builtIn(for: "old-nagios").expand(in: service)
        == "host2\tgauge\t2\tGauge:CRITICALs: sci is 1.00 (outside range [0:0])."
        + "WARNINGs: w is 7.00 (outside range [:5]).OKs: eq is 5.00, u is 1.00.")
  }

  @Test func passiveCheckIsCutAt350() {
    let many = (0..<100).map { ("f\($0)", TemplateValues(["label": "field", "value": "1"])) }
    let context = TemplateValues(["host": "h"], lists: ["cfields": many])
    // Of old-nagios the title is part of them.
    for template in [MuninTemplate.nagios, .oldNagios] {
      let text = template.expand(in: context)
      #expect(text.split(separator: "\t", omittingEmptySubsequences: false).last?.count == 350)
    }
  }
}
