import Settings
import TestSupport
import Testing

@Suite struct PluginSettingsTests {
  private func parse(_ texts: String...) -> (settings: PluginSettings, problems: [String]) {
    let parsed = PluginSettings.parse(
      texts.enumerated().map { SettingsFile(name: "\($0.offset)", text: $0.element) })
    return (parsed.settings, parsed.problems.map(\.description))
  }

  @Test func everyKeyIsTaken() {
    let (settings, problems) = parse(
      """
      [load]
      user root
      group adm, (Debian-exim) 4
      command sudo -u x %c
      env.args -a  "b" # comment
      env.hash \\#1
      host_name other.example.com
      timeout 20
      update_rate 60
      """)
    #expect(problems.isEmpty)
    let load = settings.settings(for: "load")
    #expect(load.user == "root")
    #expect(
      load.groups == [
        .init(name: "adm"), .init(name: "Debian-exim", optional: true), .init(name: "4"),
      ])
    #expect(load.command == ["sudo", "-u", "x", "%c"])
    #expect(load.environment.map(\.name) == ["args", "hash"])
    #expect(load.environment.map(\.value) == ["-a  \"b\"", "#1"])
    #expect(load.hostName == "other.example.com" && load.timeout == 20 && load.updateRate == 60)
    #expect(settings.settings(for: "cpu") == ServiceSettings())
  }

  @Test func aKeyWithoutEffectIsOneWarning() {
    let (settings, problems) = PluginSettings.parse([
      SettingsFile(name: "conf", text: "[a]\nupdate_rate 60\n[b]\nupdate_rate 60\nuser root\n")
    ])
    #expect(problems.isEmpty)
    #expect(
      settings.warnings.map(\.description) == [
        "conf:2: update_rate: no effect in 2 lines: a plugin prints its update_rate itself, as with munin-node"
      ])
  }

  @Test(arguments: [
    ("load", "load"), ("if_eth0", "if_*"), ("if_err_eth0", "if_err_*"), ("xvp", "*vp"),
    ("df", "df*"), ("df_inode", "df*"), ("else", "*"), ("load2", "*"),
    ("snmp_10x0_if", "snmp_10.0_*"),
  ])
  func theNearestSectionCounts(service: String, section: String) {
    let names = ["*", "*vp", "df*", "if_*", "if_err_*", "load", "snmp_10.0_*"]
    let text = names.map { "[\($0)]\nenv.from \($0)\n" }.joined()
    let (settings, problems) = parse(text)
    #expect(problems.isEmpty)
    #expect(settings.settings(for: service).variable("from") == section)
  }

  @Test func wildcardsOnlyFillInWhatIsUnset() {
    let (settings, problems) = parse(
      """
      [*]
      user nobody
      timeout 5
      env.a star
      env.d star
      [if_*]
      user root
      group adm
      env.a if
      env.b if
      [if_err_*]
      env.b err
      env.c err
      [if_err_eth0]
      env.c own
      [*eth0]
      user suffix
      env.d suffix
      """)
    #expect(problems.isEmpty)
    let one = settings.settings(for: "if_err_eth0")
    #expect(one.user == "root" && one.groups.map(\.name) == ["adm"] && one.timeout == 5)
    #expect(one.variable("a") == "if" && one.variable("b") == "err")
    #expect(one.variable("c") == "own" && one.variable("d") == "suffix")
    #expect(settings.settings(for: "eth0").user == "suffix")
  }

  @Test func laterFilesAndLinesReplace() {
    let (settings, problems) = parse(
      "[load]\nuser a\nenv.x 1\nenv.y 1\n[cpu]\nuser c\n[load]\nuser b\n", "[load]\nenv.x 2\n")
    #expect(problems.isEmpty)
    let load = settings.settings(for: "load")
    #expect(load.user == "b" && load.variable("x") == "2" && load.variable("y") == "1")
  }

  @Test(arguments: [
    ("user root", "0:1: expected a [section] first, found 'user root'"),
    ("[load]\nusr root", "0:2: unknown key 'usr', did you mean 'user'?"),
    ("[load]\nenv A=b", "0:2: expected env.NAME and a value, found 'env A=b'"),
    ("[load]\nuser a b", "0:2: user: expected a user, found 'a b'"),
    ("[load]\ntimeout soon", "0:2: timeout: expected seconds from 1 to 604800, found 'soon'"),
    ("[load]\ngroup (", "0:2: group: expected groups such as 'adm, (proxy)', found '('"),
    ("[load]\ncommand", "0:2: command: expected a command, found nothing"),
    ("[lo*ad]", "0:1: expected [service], [prefix*] or [*suffix], found '[lo*ad]'"),
    ("[*load*]", "0:1: expected [service], [prefix*] or [*suffix], found '[*load*]'"),
    ("[(a|b)*]", "0:1: expected [service], [prefix*] or [*suffix], found '[(a|b)*]'"),
    ("[load", "0:1: expected [service], [prefix*] or [*suffix], found '[load'"),
    ("[]", "0:1: expected [service], [prefix*] or [*suffix], found '[]'"),
  ])
  func aWrongLineIsLocated(text: String, problem: String) {
    #expect(parse(text).problems == [problem])
  }

  @Test func behindAWrongLineNothingOfTheFileCounts() {
    let (settings, problems) = parse("[a]\nuser x\nbad 1\nenv.y 1\nbad 2\n", "[a]\ntimeout 7\n")
    #expect(problems == ["0:3: unknown key 'bad'", "0:5: unknown key 'bad'"])
    let one = settings.settings(for: "a")
    #expect(one.user == "x" && one.environment.isEmpty && one.timeout == 7)
  }

  @Test func onlyPlainFileNamesAreRead() {
    #expect(["munin-node", "50_a.conf", "a:b"].allSatisfy(PluginSettings.isFileName))
    #expect(!["", ".hidden", "a~", "a b", "a/b"].contains(where: PluginSettings.isFileName))
  }

  @Test func noiseIsRefusedWithoutATrap() {
    var noise = Noise(5)
    let pieces = [
      "[", "]", "*", "load", "\n", "\n", " ", "user", "group", "(", ")", ",", "env.", "command",
      "#",
      "[load]\n", "[*]\n", "timeout 5", "é", "\\#", ".",
    ]
    for _ in 0..<1000 {
      for bytes in [noise.bytes(upTo: 400), noise.lines(of: pieces, upTo: 80)] {
        let settings = PluginSettings.parse([SettingsFile(name: "x", bytes: bytes)]).settings
        _ = settings.settings(for: "load")
      }
    }
  }

  /// As munin-run: the line is told, and what was said before still counts.
  @Test(arguments: [
    ("env.title", "env.title: expected a value; the line has no effect"),
    ("env.title   # two", "env.title: expected a value; the line has no effect"),
    (
      "env.ti-tle x",
      "expected env.NAME of letters, digits and _, found 'env.ti-tle'; the line has no effect"
    ),
    (
      "env.title\u{A0}two",
      "expected env.NAME of letters, digits and _, found 'env.title\u{A0}two'; the line has no effect"
    ),
    (
      "env. x", "expected env.NAME of letters, digits and _, found 'env.'; the line has no effect"
    ),
    (
      "env.=x 1",
      "expected env.NAME of letters, digits and _, found 'env.=x'; the line has no effect"
    ),
  ])
  func aMalformedVariableIsToldAndTheEarlierValueStays(line: String, message: String) {
    let (settings, problems) = parse("[load]\nenv.title one\n\(line)\nenv.after 1\n")
    #expect(problems == [])
    #expect(settings.warnings.map(\.description) == ["0:3: \(message)"])
    #expect(settings.settings(for: "load").values == ["title": "one", "after": "1"])
  }

  @Test func everySectionAndVariableHasItsPlace() {
    let (settings, _) = parse("[df*]\nuser root\n\nenv.warning 92\n", "[load]\nenv.a 1\n[load]\n")
    #expect(
      settings.mentions.map { "\($0.file):\($0.line) \($0.section) \($0.variable?.name ?? "-")" }
        == ["0:1 df* -", "0:4 df* warning", "1:1 load -", "1:2 load a", "1:3 load -"])
    #expect(settings.mentions[0].isWildcard && settings.mentions[0].fits("df_inode"))
    #expect(!settings.mentions[2].isWildcard && !settings.mentions[2].fits("load2"))
  }

  @Test func theLineOfAnAccountIsTheOneThatCounts() {
    let text = "[*]\nuser a\n[if_*]\nuser b\ngroup g\n[load]\nuser c\n[load]\nuser d\n"
    let settings = PluginSettings.parse([SettingsFile(name: "conf", text: text)]).settings
    func line(_ word: String, _ service: String) -> Int? {
      settings.place(of: word, for: service)?.line
    }
    #expect(line("user", "load") == 9 && line("user", "if_eth0") == 4 && line("user", "cpu") == 2)
    #expect(line("group", "if_eth0") == 5 && line("group", "load") == nil)
  }
}
